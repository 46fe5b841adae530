"""Agreement of candidates with their ensemble."""

from __future__ import annotations

import math
from collections.abc import Iterable

from torch import Tensor

from dann.core.errors import check


def agreement(candidates: Iterable[Tensor], *, logits: bool = True) -> list[float]:
    r"""Share of samples on which each candidate predicts what the mean of all candidates' predictions does.

    .. math:: \frac1N \sum_i \bigl[\arg\max p_i^{(m)} = \arg\max \textstyle\sum_{m'} p_i^{(m')}\bigr]

    The candidates are read once, one at a time, and of each only the predicted classes are kept. One with a
    non-finite value scores NaN and has no part in the mean. With up to two candidates there is no majority, and
    the more confident one decides.

    Args:
        candidates: Predictions of each model on the same samples, shape ``(N, C)`` each.
        logits: Whether they are logits, which pass through a softmax first, or probabilities.

    Returns:
        One number in [0, 1] for each candidate, in order; higher is better.

    Raises:
        ValueError: If the shapes differ.

    Reference:
        `Towards Reliable Model Selection for Unsupervised Domain Adaptation: An Empirical Study and A Certified
        Baseline <https://openreview.net/forum?id=rI7kbFTSpr>`_, as EnsV.
    """
    total: Tensor | None = None
    predicted: list[Tensor | None] = []
    for candidate in candidates:
        if not candidate.isfinite().all():
            predicted.append(None)
            continue
        rows = candidate.double().softmax(dim=1) if logits else candidate.double()
        check(
            total is None or total.shape == rows.shape,
            f'expected candidates of one shape, got {tuple(rows.shape)} after '
            f'{None if total is None else tuple(total.shape)}; give predictions on the same samples',
        )
        total = rows if total is None else total + rows
        predicted.append(rows.argmax(dim=1))
    if total is None:
        return [math.nan] * len(predicted)
    ensemble = total.argmax(dim=1)
    return [
        math.nan if classes is None else float((classes == ensemble).double().mean()) for classes in predicted
    ]
