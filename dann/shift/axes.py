"""Common axes for two domains, so that distances cost little and can be compared between networks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dann.core.errors import check
from dann.shift.arrays import Array, two_domains

MOST = 64
SAMPLES = 10  # an axis: with fewer, a classifier on all of them learns the sample by heart


@dataclass(frozen=True, slots=True)
class CommonAxes:
    """Two domains on the principal axes of both together.

    Args:
        source: Shape ``(Ns, K)``.
        target: Shape ``(Nt, K)``.
        scale: What the features were divided by; 0 where all samples are equal.
        kept: Share of the pooled variance on these axes.
    """

    source: Array
    target: Array
    scale: float
    kept: float


def common_axes(source: ArrayLike, target: ArrayLike, most: int | None = None) -> CommonAxes:
    r"""Centre, rotate and scale two domains by their pooled moments.

    The axes are the first ``most`` eigenvectors of the pooled covariance, and everything is divided by one number,
    the root of the pooled total variance, :math:`\sqrt{\operatorname{tr} C}`. Nothing depends on which
    sample is whose, so a permutation test on the result is as exact as on the features.

    Args:
        source: Features, shape ``(Ns, D)``.
        target: Features, shape ``(Nt, D)``.
        most: Axes to keep, above 0; ``None`` for one to ten samples, and 64 at most.

    Raises:
        ValueError: Shapes that do not fit, or ``most`` below 1.
    """
    left, right = two_domains(source, target)
    pooled = np.concatenate([left, right])
    most = max(1, min(MOST, len(pooled) // SAMPLES)) if most is None else most
    check(most > 0, f'expected `most` above 0, got {most}')
    pooled -= pooled.mean(axis=0)
    total = float(np.square(pooled).sum())
    scale = float(np.sqrt(total / (len(pooled) - 1)))
    if scale < np.finfo(np.float64).tiny ** 0.5:
        nothing = np.zeros((len(pooled), 1))
        return CommonAxes(nothing[: len(left)], nothing[len(left) :], 0.0, 1.0)
    moved = _principal(pooled, most)
    kept = float(np.square(moved).sum() / total)
    moved /= scale
    return CommonAxes(moved[: len(left)], moved[len(left) :], scale, min(kept, 1.0))


def _principal(centred: Array, most: int) -> Array:
    """Coordinates on the first axes, by the smaller of the two matrices of inner products."""
    from scipy.linalg import eigh

    tall = len(centred) > centred.shape[1]
    products = centred.T @ centred if tall else centred @ centred.T
    size = len(products)
    values, vectors = eigh(products, subset_by_index=(max(size - most, 0), size - 1))
    moved: Array = (centred @ vectors if tall else vectors * np.sqrt(values.clip(min=0)))[:, ::-1]
    return moved
