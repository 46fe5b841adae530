"""The pairs of which both the figures and full training are known; docs/advice.md shows them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from dann.advising.figures import Figures, Measured, Outcome

LABELS, STEPS = 50, 100  # of each class, and of the trial, with which the pairs were measured
FILE = Path(__file__).with_name('measured.json')


@cache
def measured(path: Path = FILE) -> tuple[Measured, ...]:
    """Return the measured pairs that the package holds; none where the file is not there."""
    if not path.exists():
        return ()
    found = json.loads(path.read_text(encoding='utf-8'))
    return tuple(
        Measured(each['name'], Figures.read(each['figures']), Outcome.read(each['outcome'])) for each in found
    )
