"""Label shift, estimated without target labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dann.core.errors import check
from dann.shift.arrays import Array

MOST_AMPLIFIED = 1e6  # above, the matrix is singular but for rounding


@dataclass(frozen=True, slots=True)
class LabelShift:
    """Class shares of both domains; those of the target are estimates.

    Args:
        source: Share of each class in the source, shape ``(C,)``.
        target: Estimated share of each class in the target, shape ``(C,)``.
        weights: Estimated ratio of target share to source share, clipped at 0, shape ``(C,)``.
        distance: Total variation between the two: the share of samples that would have to change class.
        p_value: Of the hypothesis that the shares are equal.
        condition: Condition number of the confusion matrix: how much noise the estimate amplifies.
        explained: Share of the way from the source's predictions to the target's that the estimated shares account
            for, at most 1; below 0 they fit worse than the source's own shares do. With weights that had to be clipped
            or a singular matrix it is below 1.
    """

    source: Array
    target: Array
    weights: Array
    distance: float
    p_value: float
    condition: float
    explained: float = 1.0

    @property
    def consistent(self) -> bool:
        """Whether the estimate does not contradict itself: it accounts for at least half of what it is made from."""
        return self.explained >= 0.5 and self.condition < MOST_AMPLIFIED


def confusion_shares(predicted: ArrayLike, labels: ArrayLike, classes: int) -> Array:
    """Joint shares of predicted class (rows) and true class (columns), shape ``(C, C)``."""
    table = np.zeros((classes, classes))
    np.add.at(table, (np.asarray(predicted), np.asarray(labels)), 1)
    shares: Array = table / max(table.sum(), 1)
    return shares


def bbse(confusion: ArrayLike, predicted: ArrayLike) -> tuple[Array, Array]:
    r"""Class weights and target class shares by black-box shift estimation.

    .. math:: \hat w = \hat C^{-1} \hat \mu, \qquad \hat q(y) \propto \max(\hat w_y, 0) \, \hat p(y)

    It holds where the images of a class look the same in both domains and only the classes' shares differ. A
    singular matrix is inverted in the least-squares sense.

    Args:
        confusion: Joint shares on the source of predicted class (rows) and true class (columns), shape ``(C, C)``.
        predicted: Share of target samples predicted as each class, shape ``(C,)``.

    Returns:
        Weights, clipped at 0 and scaled so that the shares sum to 1, and the shares.

    Raises:
        ValueError: Shapes that do not fit.

    Reference:
        `Detecting and Correcting for Label Shift with Black Box Predictors <https://arxiv.org/abs/1802.03916>`_
        (Lipton et al., ICML 2018), section 4. Scaling after the clipping is not in the paper.
    """
    joint, seen = np.asarray(confusion, np.float64), np.asarray(predicted, np.float64)
    check(
        joint.ndim == 2 and joint.shape == (len(seen), len(seen)),
        f'expected a confusion matrix of shape (C, C) and shares of shape (C,), got {joint.shape} and {seen.shape}',
    )
    shares = joint.sum(axis=0)
    weights = np.linalg.lstsq(joint, seen, rcond=None)[0].clip(min=0)
    total = float(weights @ shares)
    weights = weights / total if total > 0 else np.ones_like(weights)
    return weights, weights * shares


def label_shift(
    predicted: ArrayLike,
    labels: ArrayLike,
    target_predicted: ArrayLike,
    classes: int,
    *,
    draws: int = 199,
    seed: int = 0,
) -> LabelShift:
    """Label shift from predictions on held-out source samples and on the target.

    The p-value draws both domains' predictions from the source's joint shares and counts how often the distance
    comes out as large. It too assumes that only the classes' shares differ: another look of the images moves
    predictions, and rejects as well.

    Args:
        predicted: Predicted classes of source samples that the classifier was not trained on, shape ``(Ns,)``.
        labels: Their classes, shape ``(Ns,)``.
        target_predicted: Predicted classes of target samples, shape ``(Nt,)``.
        classes: How many there are, at least 2.
        draws: Of the test, at least 1.
        seed: Of the draws.
    """
    check(classes > 1, f'expected at least 2 classes, got {classes}')
    check(len(np.asarray(labels)) > 0 < len(np.asarray(target_predicted)), 'expected samples, got none')
    joint = confusion_shares(predicted, labels, classes)
    seen = np.bincount(np.asarray(target_predicted), minlength=classes) / len(np.asarray(target_predicted))
    weights, shares = bbse(joint, seen)
    distance = _variation(joint.sum(axis=0), shares)
    draw = np.random.default_rng(seed)
    sizes = len(np.asarray(labels)), len(np.asarray(target_predicted))
    null = [_drawn_distance(joint, sizes, draw) for _ in range(draws)]
    p_value = (1 + sum(each >= distance - 1e-12 for each in null)) / (1 + draws)
    with np.errstate(divide='ignore'):
        condition = float(np.linalg.cond(joint))
    explained = _explained(joint, weights, seen)
    return LabelShift(joint.sum(axis=0), shares, weights, distance, p_value, condition, explained)


def _explained(joint: Array, weights: Array, seen: Array) -> float:
    moved = _variation(joint.sum(axis=1), seen)
    return 1 - _variation(joint @ weights, seen) / moved if moved > 1e-12 else 1.0


def _variation(one: Array, other: Array) -> float:
    return float(np.abs(one - other).sum() / 2)


def _drawn_distance(joint: Array, sizes: tuple[int, int], draw: np.random.Generator) -> float:
    drawn = draw.multinomial(sizes[0], joint.ravel()).reshape(joint.shape) / sizes[0]
    seen: NDArray[Any] = draw.multinomial(sizes[1], joint.sum(axis=1)) / sizes[1]
    return _variation(drawn.sum(axis=0), bbse(drawn, seen)[1])
