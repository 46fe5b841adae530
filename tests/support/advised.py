"""Pairs of domains as ``dann advise`` knows them, with figures and full training written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dann.advising.figures import Distance, Figures, Measured, Outcome, Tried


def figures(
    scores: Mapping[str, float] | None = None,
    agreements: Mapping[str, float] | None = None,
    held_out: Mapping[str, float] | None = None,
    *,
    distance: float = 1.0,
    **changes: Any,
) -> Figures:
    """Figures of a pair whose source-only has score 0.2 and whose mmd has 0.4, unless they are given."""
    scores = {'source_only': 0.2, 'mmd': 0.4} if scores is None else scores
    tried = {
        name: Tried(False, score, 0.9, (agreements or {}).get(name, 0.8), (held_out or {}).get(name), 1.0)
        for name, score in scores.items()
    }
    for name, value in (held_out or {}).items():
        tried.setdefault(name, Tried(True, held_out=value))
    given: dict[str, Any] = {
        'source': 'day',
        'target': 'night',
        'classes': 4,
        'sizes': {'source': 100, 'target': 80},
        'distance': Distance('encoder', distance, 0.1, 0.002),
        'steps': 10,
        'full': 100,
        'seeds': 2,
        'rule': 'val/infomax',
        'labels': 50 if held_out else 0,
        'held': 10 if held_out else 0,
        'domains': (),
        'tried': tried,
    }
    return Figures(**given | changes)


def outcome(**means: float) -> Outcome:
    """Full training in which each option has one accuracy under two seeds; ``__`` in a name stands for ``+``."""
    return Outcome(
        {name.replace('__', '+'): {0: mean - 0.01, 1: mean + 0.01} for name, mean in means.items()}, 100
    )


def measured(name: str = 'pair', known: Figures | None = None, **means: float) -> Measured:
    """A pair of which both are known."""
    known = replace(known or figures(), domains=(f'{name} source', f'{name} target'))
    return Measured(name, known, outcome(**means))
