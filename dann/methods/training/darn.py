"""Sources that count the less, the farther they are from the target."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from dann.core.search_space import Search
from dann.methods.training.mdan import MDAN


def nearest_shares(bounds: Tensor) -> Tensor:
    r"""Weights of several sources that make a bound on the target's error small: near sources many, far ones none.

    .. math::
        \alpha = \arg\min_{\alpha \in \Delta} \langle g, \alpha \rangle + \lVert \alpha \rVert_2
        = \frac{[\nu - g]_+}{\lVert [\nu - g]_+ \rVert_1}, \qquad \lVert [\nu - g]_+ \rVert_2 = 1

    The norm stands for the number of samples that the weights leave: equal bounds give equal weights.

    Args:
        bounds: Of each source, g, shape ``(N,)``.

    Returns:
        Shape ``(N,)``, at least 0 and of sum 1.

    Reference:
        `Domain Aggregation Networks for Multi-Source Domain Adaptation <https://arxiv.org/abs/1909.05352>`_, section
        3; solved exactly here over the sorted bounds, by bisection in the authors' code.
    """
    ordered = bounds.double().sort().values
    least, counts = ordered[0], torch.arange(1, len(ordered) + 1, dtype=torch.float64, device=bounds.device)
    centred = ordered - least
    sums, squares = centred.cumsum(0), centred.square().cumsum(0)
    inside = (sums.square() - counts * (squares - 1)).clamp(min=0)
    level = (sums + inside.sqrt()) / counts  # of the first n sources alone
    kept = int((level > centred).nonzero().max())
    found = (least + level[kept] - bounds.double()).clamp(min=0)
    return (found / found.sum()).to(bounds.dtype)


class DARN(MDAN):
    r"""Domain aggregation: a critic for each source as in ``MDAN``, and weights that fall with a source's distance.

    Source j counts by :math:`\alpha_j` of ``nearest_shares`` on :math:`g_j = \gamma (\epsilon_j - \mu d_j)`, its task
    loss and minus that of its critic: a source that is told from the target with ease has a large bound.

    Args:
        weight: :math:`\mu`, on the gradient from the critics into the features.
        gamma: :math:`\gamma`, above 0: near 0 all sources count alike, from about 10 on the nearest alone.
        kwargs: ``hidden``, ``norm``, ``dropout`` as in ``MDAN``, and the options of the module.

    Fails when:
        All sources are alike, where it is a combined source with another step size; or when a small source is near by
        luck of its batches.

    Reference:
        `Domain Aggregation Networks for Multi-Source Domain Adaptation <https://arxiv.org/abs/1909.05352>`_
        (Wen et al., ICML 2020), section 3. The authors' code has 0.01 for :math:`\mu` and 1 for :math:`\gamma`, and
        adds the critic's loss in :math:`g`, which the distance in the paper's bound says to subtract.
    """

    search: ClassVar[Search] = {name: where for name, where in MDAN.search.items() if name != 'combine'}

    def __init__(self, *, weight: float = 0.01, gamma: float = 1.0, **kwargs: Any) -> None:
        super().__init__(weight=weight, gamma=gamma, **kwargs)

    def shares(self, bounds: Tensor) -> Tensor:
        """Return how much each source counts: the less, the larger its bound."""
        return nearest_shares(self.gamma * bounds)
