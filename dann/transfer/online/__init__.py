"""Test-time adaptation as an online protocol: a stream goes once past a deployed network, which learns from it.

``online`` measures methods on streams; ``dann online`` is the same as a command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dann.core.registry import imported_when_used

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
__getattr__, __dir__ = imported_when_used(__name__, _HOMES)
