"""Adaptive feature norm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from dann.core.alignment import Alignment
from dann.core.batch_norm import BatchNormPolicy
from dann.core.errors import check
from dann.core.schedules import Constant, Schedule
from dann.core.search_space import Categorical, Float, Search
from dann.core.views import Losses, View
from dann.functional.shapes import check_features


def stepwise_norm(source: Tensor, target: Tensor, step: float = 1.0) -> Tensor:
    r"""Mean squared gap between every feature norm and that norm plus a step.

    .. math:: \ell = \frac{1}{B_s + B_t} \sum_x \bigl(\lVert x \rVert - (\lVert x \rVert_0 + r)\bigr)^2

    where :math:`\lVert x \rVert_0` is the norm itself, held constant: the value is always the step squared, and
    only its gradient matters.

    Args:
        source: Features, shape ``(Bs, D)``.
        target: Features, shape ``(Bt, D)``.
        step: The paper's :math:`\Delta r`.

    Returns:
        A scalar of at least 0. Features of zero send no gradient.

    Raises:
        ValueError: Shapes that do not fit.

    Reference:
        `Larger Norm More Transferable <https://arxiv.org/abs/1811.07456>`_, section 3.4 (stepwise). The authors'
        code adds the means of the two domains instead of averaging over both, twice as much for equal batches.
    """
    check_features(source, target, at_least=1)
    norms: Tensor = torch.linalg.vector_norm(torch.cat([source, target]), dim=1)
    return (norms - (norms.detach() + step)).square().mean()


def hard_norm(source: Tensor, target: Tensor, radius: float = 25.0) -> Tensor:
    r"""Squared distance of each domain's mean feature norm from a radius, summed over the domains.

    .. math:: \ell = (\mathbb{E}_s \lVert x \rVert - R)^2 + (\mathbb{E}_t \lVert x \rVert - R)^2

    Args:
        source: Features, shape ``(Bs, D)``.
        target: Features, shape ``(Bt, D)``.
        radius: The paper's :math:`R`.

    Returns:
        A scalar of at least 0. Features of zero send no gradient.

    Raises:
        ValueError: Shapes that do not fit.

    Reference:
        `Larger Norm More Transferable <https://arxiv.org/abs/1811.07456>`_, section 3.3 (hard).
    """
    check_features(source, target, at_least=1)
    means = [torch.linalg.vector_norm(features, dim=1).mean() for features in (source, target)]
    return torch.stack([(mean - radius).square() for mean in means]).sum()


class AFN(Alignment):
    r"""Adaptive feature norm: lengthens the features of both domains, because longer ones transfer better.

    Args:
        weight: Factor on the loss.
        schedule: How the strength grows with progress; constant in the paper.
        step: By how much a feature's norm should grow (SAFN), above 0.
        radius: Mean norm that both domains should have instead (HAFN); ``null`` for growth by steps.

    Fails when:
        Neither weight decay nor normalisation bounds the features (``bottleneck_norm: none``): with ``step``, norms
        then grow without end, and under Adam, which cancels a small weight, a network trained from scratch diverges
        within hundreds of steps; the hard form does not. A layer norm in the bottleneck holds norms near the root
        of half its width, 11 for 256: the paper's radius of 25, meant for 1,000 features, can then be reached by
        sparse features only. Also where the domains differ in the directions of features and not in their norms.
        The paper's norm-preserving dropout, and the entropy loss that it adds on some pairs, are not included.

    Reference:
        `Larger Norm More Transferable: An Adaptive Feature Norm Approach for Unsupervised Domain Adaptation
        <https://arxiv.org/abs/1811.07456>`_ (Xu et al., ICCV 2019), sections 3.3 and 3.4. As in the authors' code, the
        bottleneck has batch norm unless the configuration says otherwise; there it also has a dropout of 0.5.
    """

    family: ClassVar[str] = 'moments'
    batch_norm_policy: BatchNormPolicy = 'separate'
    bottleneck_norm: ClassVar[str] = 'batch'
    search: ClassVar[Search] = {
        'weight': Float(0.005, 0.5, log=True),
        'step': Float(0.1, 2.0),
        'radius': Categorical((None, 5.0, 25.0)),
    }
    rows: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        'hafn': {'alignment': {'class_path': 'AFN', 'init_args': {'radius': 25.0}}}
    }

    def __init__(
        self,
        weight: float = 0.05,
        schedule: Schedule = Constant(),
        step: float = 1.0,
        radius: float | None = None,
    ) -> None:
        super().__init__(weight, schedule)
        check(step > 0, f'expected `step` above 0, got {step}')
        check(radius is None or radius > 0, f'expected `radius` above 0 or null, got {radius}')
        self.step = step
        self.radius = radius

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the term ``afn``."""
        if self.radius is None:
            return {'afn': strength * stepwise_norm(source.features, target.features, self.step)}
        return {'afn': strength * hard_norm(source.features, target.features, self.radius)}
