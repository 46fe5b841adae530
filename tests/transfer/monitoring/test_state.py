"""What is kept between calls."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from monitored import monitored_report

from dann.core.errors import UserError
from dann.transfer.monitoring.state import State, advanced, resumed, write_state

NEW = State('m', 'r', 0.05, 0.2)


def test_a_stream_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / 'deep' / 'state.json'
    assert resumed(path, NEW) is NEW
    windows = monitored_report(shift=2.0).windows  # four of fifty, the last two with an alarm
    once = advanced(NEW, windows[:3])
    assert once == State('m', 'r', 0.05, 0.2, windows=3, samples=150, alarms=1, first_alarm=3)
    write_state(path, once)
    assert resumed(path, NEW) == once
    twice = advanced(resumed(path, NEW), windows[3:])
    assert (twice.windows, twice.samples, twice.alarms, twice.first_alarm) == (4, 200, 2, 3)


@pytest.mark.parametrize('name', ['model', 'reference', 'level', 'warning'])
def test_another_stream_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / 'state.json'
    write_state(path, NEW)
    change: dict[str, Any] = {name: 'x' if isinstance(getattr(NEW, name), str) else 0.01}
    other = replace(NEW, **change)
    with pytest.raises(
        UserError, match=f'is of a stream with another {name}; give that one, or name another file'
    ):
        resumed(path, other)


@pytest.mark.parametrize(
    'change',
    [
        {'windows': -1},
        {'windows': 1.5},
        {'windows': True},
        {'samples': 'many'},
        {'first_alarm': 3},
        {'first_alarm': 'x'},
        {'format': 2},
        {'model': None},
        {'level': '0.05'},
        {'more': 1},
    ],
)
def test_a_number_that_no_call_writes_is_damage(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / 'state.json'
    write_state(path, advanced(NEW, monitored_report().windows[:1]))
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(
        UserError, match='holds no state of `dann monitor`, or a damaged one; delete it to begin'
    ):
        resumed(path, NEW)


@pytest.mark.parametrize('content', [b'', b'{', b'[]', b'3', b'\xff\xfe', b'{}', b'[' * 30_000])
def test_a_damaged_file_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / 'state.json'
    path.write_bytes(content)
    with pytest.raises(UserError, match='or a damaged one'):
        resumed(path, NEW)
