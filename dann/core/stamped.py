"""Mappings in text files that carry a checksum of themselves, so that a changed digit is found and not reported."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dann.core.errors import RunError

KEY = 'sha256'


def stamped(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return plain values with their checksum, under ``sha256``, behind them."""
    bare = {name: value for name, value in content.items() if name != KEY}
    return bare | {KEY: _digest(bare)}


def unstamped(content: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Return what ``stamped`` was given; a file without a checksum, of an earlier version, is taken as it is.

    Raises:
        RunError: The values are not those that were written.
    """
    bare = {name: value for name, value in content.items() if name != KEY}
    if KEY in content and not _is_of(content[KEY], bare):
        raise RunError(
            f'{path} has changed since it was written; run the benchmark again to have it rewritten, or take its '
            f'line `{KEY}` out if the change is yours'
        )
    return bare


def _is_of(known: Any, content: Mapping[str, Any]) -> bool:
    try:
        return bool(known == _digest(content))
    except (TypeError, ValueError, RecursionError):  # values that no JSON could hold were not written
        return False


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
