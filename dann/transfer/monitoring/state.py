"""How much of a stream has been seen: a small file, so that the next call spends what is left of the level."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from dann.core.errors import UserError
from dann.core.text_files import TextError, read_text
from dann.reporting.files import write_whole
from dann.reporting.json_text import json_text
from dann.transfer.monitoring.window import Window

FORMAT = 1
MOST_WINDOWS = 10**9
MOST_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class State:
    """What a stream has spent, and what it is a stream of.

    Args:
        model: sha256 of the file of weights.
        reference: sha256 of the reference's files.
        level: The rate of false alarms of the whole stream.
        warning: The rate of false warnings.
        windows: Windows tested so far.
        samples: Samples in them.
        alarms: Windows with an alarm.
        first_alarm: Number of the first of them; ``None`` without one.
        tests: The plan's further tests, in a line.
        format: Of the file.
    """

    model: str
    reference: str
    level: float
    warning: float
    windows: int = 0
    samples: int = 0
    alarms: int = 0
    first_alarm: int | None = None
    tests: str = ''
    format: int = FORMAT

    def check_same(self, known: State, path: Path) -> None:
        """Raise ``UserError`` where a file is of another stream.

        Args:
            known: What the file holds.
            path: The file.
        """
        for name in ('model', 'reference', 'level', 'warning', 'tests'):
            if getattr(self, name) != getattr(known, name):
                other = 'choice of tests' if name == 'tests' else name
                raise UserError(
                    f'{path} is of a stream with another {other}; give that one, or name another file to begin a new '
                    'stream'
                )


def resumed(path: Path, new: State) -> State:
    """Return what a file says of a stream, or ``new`` where there is no file.

    Args:
        path: Where an earlier call has written it.
        new: The stream as this call sees it, with nothing seen.

    Raises:
        UserError: The file is damaged, or of another stream.
    """
    if not path.exists():
        return new
    known = _read(path)
    new.check_same(known, path)
    return known


def advanced(state: State, windows: Sequence[Window]) -> State:
    """Return the state after some more windows.

    Args:
        state: Before them.
        windows: In their order.
    """
    alarms = [window.number for window in windows if window.verdict == 'alarm']
    return replace(
        state,
        windows=state.windows + len(windows),
        samples=state.samples + sum(window.samples for window in windows),
        alarms=state.alarms + len(alarms),
        first_alarm=state.first_alarm or next(iter(alarms), None),
    )


def write_state(path: Path, state: State) -> None:
    """Write the file, whole or not at all.

    Raises:
        RunError: It cannot be written.
    """
    write_whole(path, json_text(asdict(state)))


def _read(path: Path) -> State:
    try:
        content = json.loads(read_text(path, MOST_BYTES))
    except (OSError, TextError, ValueError, RecursionError) as error:
        raise _damaged(path) from error
    if isinstance(content, dict):
        content = {'tests': ''} | content  # files of before there were further ones
    if not _is_sound(content):
        raise _damaged(path)
    return State(**content)


def _damaged(path: Path) -> UserError:
    return UserError(
        f'{path} holds no state of `dann monitor`, or a damaged one; delete it to begin a new stream, whose level is '
        'spent anew'
    )


def _is_sound(content: Any) -> bool:
    if not isinstance(content, dict) or content.keys() != {each.name for each in fields(State)}:
        return False
    counts = [content[name] for name in ('windows', 'samples', 'alarms')]
    first = content['first_alarm']
    return (
        content['format'] == FORMAT
        and all(isinstance(content[name], str) for name in ('model', 'reference', 'tests'))
        and all(type(content[name]) in (int, float) for name in ('level', 'warning'))
        and all(type(count) is int and 0 <= count <= MOST_WINDOWS for count in counts)
        and (first is None or (type(first) is int and 0 < first <= content['windows']))
    )
