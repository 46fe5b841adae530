"""What Lightning says of a request that it cannot carry out, in one line."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from pytorch_lightning.utilities.exceptions import MisconfigurationException  # type: ignore[attr-defined]

from dann.core.errors import UserError, unknown

NO_DEVICE = re.compile(r'No supported (\w+) backend found')
NOT_LOGGED = (  # by a callback that monitors it: which, and which there are
    re.compile(r'conditioned on metric `(.+?)` which is not available.*any of the following: (.*)'),
    re.compile(r"monitor='(.+?)'\).* could not find the monitored key in the returned metrics: \[(.*?)\]"),
)


@contextmanager
def in_one_line() -> Iterator[None]:
    """Raise a ``UserError`` in the place of what Lightning raises for a wrong request; other errors pass."""
    try:
        yield
    except (MisconfigurationException, RuntimeError, ValueError, TypeError) as error:
        line = ' '.join(str(error).split())
        if said := _said(line):
            raise said from error
        refused = isinstance(error, ValueError | TypeError) and _of_lightning(error)
        if refused or isinstance(error, MisconfigurationException):
            raise UserError(line) from error
        raise


def _of_lightning(error: BaseException) -> bool:
    """Whether Lightning itself raised an error, and not what it called."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return str(frames[-1].f_globals.get('__name__')).startswith(('pytorch_lightning.', 'lightning_fabric.'))


def _said(line: str) -> UserError | None:
    if found := NO_DEVICE.search(line):
        return UserError(
            f'this machine has no {found[1]} that can be used; pass --trainer.accelerator auto, or cpu'
        )
    for pattern in NOT_LOGGED:
        if found := pattern.search(line):
            return unknown('score', found[1], re.findall(r"[`']([^`']+)[`']", found[2]))
    return None
