"""The result of a check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Verdict = Literal['pass', 'fail', 'does not apply', 'undecided']


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of one check.

    Args:
        check: Its name.
        verdict: ``undecided`` where the check could not tell, which is no failure of the method.
        evidence: Why, in words and numbers.
    """

    check: str
    verdict: Verdict
    evidence: str


def combine(check: str, parts: Sequence[Finding]) -> Finding:
    """Return one finding of several: as bad as the worst, and a pass only where one of them is.

    Args:
        check: Its name.
        parts: At least one; the evidence of the worst verdict comes first.
    """
    order: tuple[Verdict, ...] = ('fail', 'undecided', 'pass', 'does not apply')
    ranked = sorted(parts, key=lambda part: order.index(part.verdict))
    return Finding(check, ranked[0].verdict, '; '.join(part.evidence for part in ranked))
