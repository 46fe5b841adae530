"""SIGTERM is Ctrl-C with another number."""

import os
import signal
import threading
import time

import pytest

from dann.core.terminating import Terminated, terminable


def _sent() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(5)


def test_a_signal_raises_once_and_the_handler_is_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Terminated), terminable():
        _sent()
    assert signal.getsignal(signal.SIGTERM) == before
    with terminable():
        pass
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_second_signal_does_not_break_into_the_cleaning_up() -> None:
    cleaned = []

    def twice() -> None:
        try:
            _sent()
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            cleaned.append(True)

    with pytest.raises(Terminated), terminable():
        twice()
    assert cleaned


def test_other_threads_are_let_alone() -> None:
    said: list[str] = []

    def inside() -> None:
        with terminable():
            said.append('ran')

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert said == ['ran']
