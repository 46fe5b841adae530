"""SIGTERM, which queues and services end a process with, ends a command as Ctrl-C does."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


class Terminated(KeyboardInterrupt):
    """The process was sent SIGTERM; whatever cleans up after Ctrl-C does so after this."""


@contextmanager
def terminable() -> Iterator[None]:
    """Raise ``Terminated`` at SIGTERM while the context lasts; outside the main thread nothing changes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _raise)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)


def _raise(*_: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one would break into the cleaning up
    raise Terminated
