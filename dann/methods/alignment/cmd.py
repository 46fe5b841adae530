"""Central moment discrepancy."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from dann.core.alignment import Alignment
from dann.core.errors import check
from dann.core.schedules import Schedule, Sigmoid
from dann.core.search_space import Categorical, Int, Search
from dann.core.views import Losses, View
from dann.functional.shapes import check_features


def cmd(source: Tensor, target: Tensor, *, moments: int = 5, interval: float | None = None) -> Tensor:
    r"""Sum of the distances of the two domains' means and central moments, unit by unit.

    .. math::
        \mathrm{CMD} = \frac{\lVert \bar s - \bar t \rVert}{|b - a|}
        + \sum_{k=2}^{K} \frac{\lVert c_k(s) - c_k(t) \rVert}{|b - a|^k}, \qquad
        c_k(x) = \mathbb{E}\,(x - \bar x)^k

    Args:
        source: Features, shape ``(Bs, D)``.
        target: Features, shape ``(Bt, D)``.
        moments: Highest order ``K``, at least 1.
        interval: Length ``|b - a|``, above 0, of the interval that holds all features; ``None`` measures it as the
            largest minus the smallest number in both batches, held constant in the gradient.

    Returns:
        A scalar of at least 0.

    Raises:
        ValueError: Shapes that do not fit.

    Reference:
        `Central Moment Discrepancy (CMD) for Domain-Invariant Representation Learning
        <https://arxiv.org/abs/1702.08811>`_, definition 1 and eq. 7, on batches.
    """
    check_features(source, target)
    pooled = torch.cat([source, target]).detach()
    length = pooled.max() - pooled.min() if interval is None else pooled.new_tensor(interval)
    left, right = (domain / length.where(length > 0, 1) for domain in (source, target))
    gaps = [left.mean(dim=0) - right.mean(dim=0)]
    left, right = (domain - domain.mean(dim=0) for domain in (left, right))
    gaps += [left.pow(k).mean(dim=0) - right.pow(k).mean(dim=0) for k in range(2, moments + 1)]
    distances: Tensor = torch.linalg.vector_norm(torch.stack(gaps), dim=1)
    return distances.sum()


class CMD(Alignment):
    """Central moment discrepancy: aligns each feature's mean and central moments.

    Args:
        weight: The paper's lambda.
        schedule: Ramp of the strength over the run, see below; constant in the paper.
        moments: Highest order.
        interval: Length of the interval that holds all compared numbers; ``None`` measures it on each pair of
            batches.
        squash: Compare the tanh of the features, which is in [0, 1) after a ReLU.

    Fails when:
        Features depend on each other differently in the two domains: only marginals of single units are matched.
        Without ``squash`` a weight of 1 can drive all features to zero before the classifier learns anything; the
        norms are not squared, so the pull does not weaken as the domains meet.

    Reference:
        `Central Moment Discrepancy (CMD) for Domain-Invariant Representation Learning
        <https://arxiv.org/abs/1702.08811>`_ (Zellinger et al., ICLR 2017), definition 1 and eq. 7, with five moments
        and lambda 1. The paper's features are bounded by a sigmoid or tanh; here features come from a ReLU, and the
        tanh is applied for the loss only. The authors' code leaves the interval out, as if it were 1. It trains one
        layer on fixed features, with a constant lambda; where a whole network is trained, a constant 1 acts before
        there is anything to align, and the default is the ramp from 0 to 1 of `Joint Adaptation Networks
        <https://arxiv.org/abs/1605.06636>`_ (Long et al., ICML 2017), section 5.1.
    """

    family: ClassVar[str] = 'moments'
    search: ClassVar[Search] = {
        **Alignment.search,
        'moments': Int(2, 7),
        'squash': Categorical((True, False)),
    }

    def __init__(
        self,
        weight: float = 1.0,
        schedule: Schedule = Sigmoid(gamma=10.0),
        moments: int = 5,
        interval: float | None = 1.0,
        *,
        squash: bool = True,
    ) -> None:
        super().__init__(weight, schedule)
        check(moments >= 1, f'expected `moments` of at least 1, got {moments}')
        check(interval is None or interval > 0, f'expected `interval` above 0, got {interval}')
        self.moments = moments
        self.interval = interval
        self.squash = squash

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the term ``cmd``."""
        left, right = (view.features.tanh() if self.squash else view.features for view in (source, target))
        value = cmd(left, right, moments=self.moments, interval=self.interval)
        return {'cmd': strength * value}
