"""Whether two run folders hold the same, but for times and what is computed from them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

# of a moment: how long an evaluation took, when a run began, and the checksum of a file that says so
OF_TIME = ('seconds', 'started', 'minutes', 'commit', 'sha256', 'records.jsonl')
NO_RESULT = re.compile(r'\.lock|metrics(\.\d+)?\.csv')  # the second is the logger's, one for each attempt
MOMENTS = re.compile(rb'>(started|minutes|commit)</th><td>.*?</td>')


def difference(run: Path, expected: Path) -> str:
    """Return the first file of two run folders that differs or is in one of them alone; empty where none does."""
    found, wanted = _contents(run), _contents(expected)
    for name in sorted({*found, *wanted}):
        if name not in found or name not in wanted:
            return f'{name} is {"missing" if name in wanted else "left over"}'
        if found[name] != wanted[name]:
            return f'{name} differs'
    return ''


def _contents(run: Path) -> dict[str, Any]:
    return {
        path.relative_to(run).as_posix(): _content(path)
        for path in run.rglob('*')
        if path.is_file() and not NO_RESULT.fullmatch(path.name)
    }


def _content(path: Path) -> Any:
    data = path.read_bytes()
    if path.suffix == '.html':
        return MOMENTS.sub(b'', data)
    if path.suffix == '.json' or path.name == 'done':
        return _timeless(json.loads(data))
    if path.suffix == '.jsonl':
        return [_timeless(json.loads(line)) for line in data.splitlines()]
    return data


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(each) for key, each in value.items() if key not in OF_TIME}
    return [_timeless(each) for each in value] if isinstance(value, list) else value
