"""Silhouette of the clusters that start from predicted classes."""

from __future__ import annotations

import math
from typing import Any, Literal

from numpy.typing import NDArray
from torch import Tensor

from dann.core.errors import check
from dann.core.validator import Validator
from dann.core.views import View
from dann.validators.clusters import clusters
from dann.validators.sampling import sample

MOST = 5_000


def silhouette(features: Tensor, parts: NDArray[Any]) -> float:
    r"""Mean silhouette of the parts of a partition, in [-1, 1].

    .. math:: \frac1N \sum_i \frac{b_i - a_i}{\max(a_i, b_i)}

    :math:`a_i` is the mean distance to the own part, :math:`b_i` that to the nearest other one.

    Args:
        features: Shape ``(N, D)``.
        parts: Shape ``(N,)``.

    Returns:
        NaN unless there are 2 to N - 1 parts and all features are finite.
    """
    if not (1 < len(set(parts)) < len(parts) and features.isfinite().all()):
        return math.nan
    from sklearn.metrics import silhouette_score

    return float(silhouette_score(features.numpy(), parts))


class ClassSilhouette(Validator):
    """Mean silhouette of target features, in [-1, 1].

    High when clusters are tight and far apart. Of a split with more than 5,000 samples, a seeded sample of so many
    is scored.

    Args:
        of: ``clusters`` that k-means finds from the means of the predicted classes, or the ``predictions``.

    Reference:
        `Three New Validators and a Large-Scale Benchmark Ranking for Unsupervised Domain Adaptation
        <https://arxiv.org/abs/2208.07360>`_, as ClassSS, of the clusters; see ``ClassAMI`` for how they are found.
    """

    name = 'class_silhouette'
    cost = 'dear'

    def __init__(self, of: Literal['clusters', 'predictions'] = 'clusters') -> None:
        check(of in ('clusters', 'predictions'), f'expected `of` clusters or predictions, got {of!r}')
        self.of = of

    def score(self, source: View, target: View) -> float:
        """Return the silhouette."""
        view = sample(target, MOST)
        if self.of == 'predictions':
            return silhouette(view.features, view.predictions.numpy())
        found = clusters(view.features, view.predictions, view.logits.shape[1])
        return math.nan if found is None else silhouette(view.features, found)
