"""The text of JSON, for files and for the terminal."""

from __future__ import annotations

import json
from typing import Any

from dann.core.shown import shown_json


def json_text(value: Any) -> str:
    """Return a value as the text of a JSON file; its names are read as they are, and harm no terminal."""
    return shown_json(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)) + '\n'
