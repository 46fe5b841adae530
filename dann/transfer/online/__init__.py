"""Test-time adaptation as an online protocol: a stream goes once past a deployed network, which learns from it.

``online`` measures methods on streams; ``dann online`` is the same as a command.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dann.transfer.online.protocols import arranged
    from dann.transfer.online.report import OnlineReport
    from dann.transfer.online.stream import Segment, Stream
    from dann.transfer.online.streets import nights
    from dann.transfer.online.study import online

_HOMES = {
    'OnlineReport': 'report',
    'Segment': 'stream',
    'Stream': 'stream',
    'arranged': 'protocols',
    'nights': 'streets',
    'online': 'study',
}
__all__ = ['OnlineReport', 'Segment', 'Stream', 'arranged', 'nights', 'online']


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        msg = f'module {__name__!r} has no attribute {name!r}'
        raise AttributeError(msg)
    return getattr(import_module(f'{__name__}.{_HOMES[name]}'), name)
