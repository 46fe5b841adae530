"""Conditional domain-adversarial training."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from dann.core.errors import CheckError, check
from dann.core.schedules import Schedule, Sigmoid
from dann.core.search_space import Categorical, Search
from dann.core.views import View
from dann.methods.alignment.dann import DANN
from dann.networks.heads import Norm

LARGEST_PRODUCT, SKETCH = 4096, 1024


def multilinear(features: Tensor, probabilities: Tensor) -> Tensor:
    r"""Outer product of each sample's class probabilities and features.

    .. math:: T_\otimes(f, p) = \mathrm{vec}(p \otimes f)

    Args:
        features: Shape ``(B, D)``.
        probabilities: Shape ``(B, C)``.

    Returns:
        Shape ``(B, C * D)``; entry ``c * D + d`` is ``probabilities[c] * features[d]``.

    Raises:
        ValueError: Different numbers of samples.

    Reference:
        `Conditional Adversarial Domain Adaptation <https://arxiv.org/abs/1705.10667>`_, eq. 3.
    """
    _check_pair(features, probabilities)
    return (probabilities[:, :, None] * features[:, None, :]).flatten(1)


def randomised_multilinear(
    features: Tensor, probabilities: Tensor, of_features: Tensor, of_probabilities: Tensor
) -> Tensor:
    r"""Random sketch of the outer product, :math:`(R_f f) \odot (R_g p) / \sqrt{d}`.

    With independent standard normal entries, its inner products estimate those of the outer product without
    bias: :math:`\langle f, f' \rangle \langle p, p' \rangle` in expectation.

    Args:
        features: Shape ``(B, D)``.
        probabilities: Shape ``(B, C)``.
        of_features: :math:`R_f`, shape ``(d, D)``.
        of_probabilities: :math:`R_g`, shape ``(d, C)``.

    Returns:
        Shape ``(B, d)``.

    Raises:
        ValueError: Different numbers of samples.

    Reference:
        `Conditional Adversarial Domain Adaptation <https://arxiv.org/abs/1705.10667>`_, eqs. 4-5.
    """
    _check_pair(features, probabilities)
    sketched: Tensor = (features @ of_features.T) * (probabilities @ of_probabilities.T)
    return sketched / math.sqrt(len(of_features))


def sketch_size(
    randomized_dim: int | Literal['auto'] | None, feature_dim: int, num_classes: int
) -> int | None:
    """Numbers that the sketch has, or ``None`` for the whole product.

    ``auto`` is the paper's rule: a sketch of 1024 numbers where the product has more than 4096.
    """
    if randomized_dim != 'auto':
        return randomized_dim
    return SKETCH if feature_dim * num_classes > LARGEST_PRODUCT else None


def _check_pair(features: Tensor, probabilities: Tensor) -> None:
    if features.ndim != 2 or probabilities.ndim != 2 or len(features) != len(probabilities):
        msg = (
            'expected features of shape (B, D) and probabilities of shape (B, C), '
            f'got {tuple(features.shape)} and {tuple(probabilities.shape)}'
        )
        raise CheckError(msg)


@cache
def _log(feature_dim: int, num_classes: int, size: int) -> None:
    """Tell, once a process and size, that the critic sees a sketch, in the way of Lightning's own notices."""
    logging.getLogger('pytorch_lightning').info(
        f'CDAN sketches the product of {feature_dim} features and {num_classes} classes, {feature_dim * num_classes} '
        f'numbers, to {size} random ones, as its paper does above {LARGEST_PRODUCT}; pass `randomized_dim: null` for '
        'the whole product'
    )


class CDAN(DANN):
    """Conditional adversarial training: the critic sees features and predictions multiplied together.

    Args:
        weight: Highest lambda.
        schedule: Ramp of lambda over the run.
        hidden: Hidden layers of the critic.
        norm: As in DANN.
        dropout: As in DANN; 0.5 in the authors' code. Without it the critic, which sees the classes too, outruns the
            features more easily.
        entropy: Weigh samples by certainty (CDAN+E).
        randomized_dim: Size of the random sketch that the critic sees instead of the whole product; ``null`` for
            the product. ``auto`` sketches as the paper does, to 1024 numbers where the product has more than 4096, and
            logs it once: on 2,048 features and 345 classes the critic of the whole product would have 353 million
            weights. The sketch's random matrices are buffers, which checkpoints keep.

    Fails when:
        The first target predictions are wrong for whole classes: conditioning on them then aligns the wrong
        classes, and more firmly than DANN does. With many classes the product is large against the batch, and
        the critic memorises.

    Reference:
        `Conditional Adversarial Domain Adaptation <https://arxiv.org/abs/1705.10667>`_
        (Long et al., NeurIPS 2018), eqs. 3-8. Predictions are detached in the product, as in the authors' code;
        entropy weights are detached, unlike there.
    """

    search: ClassVar[Search] = {**DANN.search, 'randomized_dim': Categorical(('auto', 512, 2048))}
    rows: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        'cdan+e': {'alignment': {'class_path': 'CDAN', 'init_args': {'entropy': True}}}
    }
    prefix: ClassVar[str] = 'conditional_'
    of_features: Tensor
    of_probabilities: Tensor

    def __init__(
        self,
        weight: float = 1.0,
        schedule: Schedule = Sigmoid(gamma=10.0),
        hidden: Sequence[int] = (500, 500),
        *,
        norm: Norm = 'none',
        dropout: float = 0.5,
        entropy: bool = False,
        randomized_dim: int | Literal['auto'] | None = 'auto',
    ) -> None:
        super().__init__(weight, schedule, hidden, norm=norm, dropout=dropout, entropy=entropy)
        check(
            randomized_dim in ('auto', None) or (isinstance(randomized_dim, int) and randomized_dim > 0),
            f"expected `randomized_dim` above 0, 'auto' or null, got {randomized_dim!r}",
        )
        self.randomized_dim: int | Literal['auto'] | None = randomized_dim

    def build(self, feature_dim: int, num_classes: int) -> None:
        """Create the critic, and draw the random matrices where the product is sketched."""
        super().build(feature_dim, num_classes)
        size = sketch_size(self.randomized_dim, feature_dim, num_classes)
        if size is not None:
            if self.randomized_dim == 'auto':
                _log(feature_dim, num_classes, size)
            self.register_buffer('of_features', torch.randn(size, feature_dim))
            self.register_buffer('of_probabilities', torch.randn(size, num_classes))

    def critic_inputs(self, feature_dim: int, num_classes: int) -> int:
        """Return the size of the outer product, or of its sketch."""
        return sketch_size(self.randomized_dim, feature_dim, num_classes) or feature_dim * num_classes

    def condition(self, view: View) -> Tensor:
        """Return the outer product of features and detached probabilities, or its sketch."""
        probabilities = view.probabilities.detach()
        if sketch_size(self.randomized_dim, view.features.shape[1], probabilities.shape[1]) is None:
            return multilinear(view.features, probabilities)
        return randomised_multilinear(view.features, probabilities, self.of_features, self.of_probabilities)
