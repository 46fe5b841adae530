"""What ``dann test`` and ``dann validate`` print: the accuracy on the target, then every score in a column."""

from __future__ import annotations

from collections.abc import Mapping

from dann.core.shown import shown

ORDER = ('oracle/target_test_accuracy', 'oracle/', 'source/', 'val/', 'diagnostic/')


def score_sheet(scores: Mapping[str, float], target: str) -> str:
    """Return the scores of a trained network as text.

    Args:
        scores: By name, those of the evaluator among them.
        target: Name of the domain.
    """
    names = {name: shown(name) for name in sorted(scores, key=_place)}  # some hold names of groups
    width = max(map(len, names.values()), default=0)
    rows = [f'{text:<{width}}  {scores[name]:9.4f}' for name, text in names.items()]
    return '\n'.join([f'Target accuracy: {_accuracy(scores, target)}', '', *rows])


def _accuracy(scores: Mapping[str, float], target: str) -> str:
    target = shown(target)
    tested, validated = (scores.get(f'oracle/target_{split}_accuracy') for split in ('test', 'val'))
    if tested is None or validated is None:
        return f'not known, {target} has no labels; val/atc, val/doc and val/cot estimate it'
    return f'{tested:.4f} (test split), {validated:.4f} (validation split) of {target}'


def _place(name: str) -> tuple[int, str]:
    return next(place for place, start in enumerate((*ORDER, '')) if name.startswith(start)), name
