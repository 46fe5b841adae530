"""Tables as CSV, which people open in spreadsheets: no text in them is run as a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dann.core.shown import shown_field

FORMULA = tuple('=+-@\uff1d\uff0b\uff0d\uff20')  # what begins a formula, the wide signs of Asian scripts too
NUMBER = re.compile(r'[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?')


def csv_lines(rows: Iterable[Sequence[Any]]) -> str:
    """Return rows as CSV; a text that would be taken for a formula has an apostrophe in front.

    Bytes of a file name that are no text stay as they are: how they are encoded is a matter of who writes the file.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerows([_field(value) for value in row] for row in rows)
    return text.getvalue()


def csv_table(lines: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> str:
    """Return mappings as ``csv_lines``, below the names of ``columns``, or of those of the first mapping."""
    columns = columns or [*lines[0]]
    return csv_lines([columns, *([line[name] for name in columns] for line in lines)])


def harmless(text: str) -> str:
    """Return a text on one line that no spreadsheet runs as a formula; numbers stay."""
    line = shown_field(text)
    return f"'{line}" if line.startswith(FORMULA) and not NUMBER.fullmatch(line) else line


def _field(value: Any) -> Any:
    return harmless(value) if isinstance(value, str) else value
