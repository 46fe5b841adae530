"""Higher-order moment matching."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from dann.core.alignment import Alignment
from dann.core.errors import check
from dann.core.schedules import Schedule, Sigmoid
from dann.core.search_space import Categorical, Float, Search
from dann.core.views import Losses, View
from dann.functional.kernel_sums import PAIRS, PairWeights, kernel_sum
from dann.functional.kernels import Powers
from dann.functional.shapes import check_features


def homm(
    source: Tensor, target: Tensor, *, order: int = 3, samples: int | None = None, centre: bool = True
) -> Tensor:
    r"""Mean squared difference of the entries of the two domains' moment tensors of one order.

    .. math::
        \ell = \frac{1}{D^p} \Bigl\lVert \frac{1}{B_s} \sum_i s_i^{\otimes p}
        - \frac{1}{B_t} \sum_j t_j^{\otimes p} \Bigr\rVert_F^2

    The tensors have ``D ** order`` entries but are never built: their inner products are means of
    :math:`\langle x, y \rangle^p` over pairs of samples, which gives the same number exactly.

    Args:
        source: Features, shape ``(Bs, D)``.
        target: Features, shape ``(Bt, D)``.
        order: Order ``p`` of the moment, at least 1.
        samples: Estimate the mean from so many entries, drawn with replacement from torch's generator at every
            call, as the paper does from order 4 on; ``None`` takes all of them.
        centre: Subtract each domain's own mean first.

    Returns:
        A scalar of at least 0, up to rounding where ``samples`` is ``None``. Memory grows with the samples and not
        with their square.

    Raises:
        ValueError: Shapes that do not fit.

    Reference:
        `HoMM: Higher-order Moment Matching for Unsupervised Domain Adaptation
        <https://arxiv.org/abs/1912.11976>`_, the moment tensor loss and its random sampling.
    """
    check_features(source, target)
    if centre:
        source, target = (domain - domain.mean(dim=0) for domain in (source, target))
    if samples is None:
        return _all_entries(source, target, order)
    entries = torch.randint(source.shape[1], (order, samples), device=source.device)
    gap = _entries(source, entries) - _entries(target, entries)
    return gap.square().mean()


def _all_entries(source: Tensor, target: Tensor, order: int) -> Tensor:
    pooled = torch.cat([source, target])
    signs = pooled.new_tensor([1 / len(source)] * len(source) + [-1 / len(target)] * len(target))
    if len(pooled) ** 2 <= PAIRS:  # one strip saves no memory
        return signs @ (pooled @ pooled.T / source.shape[1]).pow(order) @ signs
    weights = PairWeights(signs[:, None], signs.new_ones(1, 1))
    return kernel_sum([pooled], [Powers(order, source.shape[1])], weights)


def _entries(features: Tensor, entries: Tensor) -> Tensor:
    product = features[:, entries[0]]
    for index in entries[1:]:
        product = product * features[:, index]
    return product.mean(dim=0)


class HoMM(Alignment):
    """Higher-order moment matching: aligns the third-order moment tensors of the features.

    Args:
        weight: The paper's lambda for the third order.
        schedule: Ramp of the strength over the run, see below; constant in the paper.
        order: Order of the moment: 1 is a linear MMD, 2 a CORAL.
        samples: Entries of the tensor to draw at every step; ``None`` takes all of them.
        centre: Subtract each domain's own mean first, as the authors' code does; not with order 1.
        squash: Compare the tanh of the features, for a network whose features do not come out of one.

    Fails when:
        Features come out of a ReLU (``bottleneck_activation: relu``, or no bottleneck): most products of three are then
        zero, as the authors warn, and features can all be pulled to zero. Without a tanh of either kind the loss is of
        sixth degree in the features, and the paper's weight makes training diverge on features of more than about unit
        scale.

    Reference:
        `HoMM: Higher-order Moment Matching for Unsupervised Domain Adaptation
        <https://arxiv.org/abs/1912.11976>`_ (Chen et al., AAAI 2020), the moment tensor loss of order 3. The
        paper splits the features into groups or samples entries to afford the tensor; here all entries enter by
        an identity that needs no tensor, and ``samples`` gives the paper's estimate (its code drew 300,000).
        As in the paper, features are the outputs of a tanh: the bottleneck has one unless the configuration says
        otherwise. The weight is not constant as in the paper, which costs accuracy on the source here, but has the
        ramp from 0 to 1 of `Joint Adaptation Networks <https://arxiv.org/abs/1605.06636>`_ (Long et al., ICML 2017),
        section 5.1. The kernel variant and the clustering loss on pseudo-labels are not implemented.
    """

    family: ClassVar[str] = 'moments'
    bottleneck_activation: ClassVar[str] = 'tanh'
    search: ClassVar[Search] = {
        **Alignment.search,
        'weight': Float(1.0, 100_000.0, log=True),
        'order': Categorical((2, 3, 4)),
    }

    def __init__(
        self,
        weight: float = 10_000.0,
        schedule: Schedule = Sigmoid(gamma=10.0),
        order: int = 3,
        samples: int | None = None,
        *,
        centre: bool = True,
        squash: bool = False,
    ) -> None:
        super().__init__(weight, schedule)
        least = 2 if centre else 1
        check(order >= least, f'expected `order` of at least {least} where `centre` is {centre}, got {order}')
        check(samples is None or samples > 0, f'expected `samples` above 0, got {samples}')
        self.order, self.samples, self.centre, self.squash = order, samples, centre, squash

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the term ``homm``."""
        left, right = (view.features.tanh() if self.squash else view.features for view in (source, target))
        value = homm(left, right, order=self.order, samples=self.samples, centre=self.centre)
        return {'homm': strength * value}
