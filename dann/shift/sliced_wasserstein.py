"""Sliced Wasserstein distance."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike

from dann.core.errors import check
from dann.functional.sliced_wasserstein import sliced_wasserstein
from dann.shift.arrays import two_domains


def sliced_wasserstein_distance(
    source: ArrayLike, target: ArrayLike, *, directions: int = 256, seed: int = 0
) -> float:
    r"""Root of the mean over random directions of the squared 2-Wasserstein distance along each.

    It is in the units of the features. Along most directions of a space of many dimensions a shift along one of
    them hardly shows: the figure shrinks like :math:`1 / \sqrt{D}`.

    Args:
        source: Features, shape ``(Ns, D)``.
        target: Features, shape ``(Nt, D)``.
        directions: How many, above 0.
        seed: Of the directions.

    Raises:
        ValueError: Shapes that do not fit.

    Reference:
        `Sliced and Radon Wasserstein Barycenters of Measures <https://doi.org/10.1007/s10851-014-0506-3>`_
        (Bonneel et al., 2015), definition 4.
    """
    check(directions > 0, f'expected `directions` above 0, got {directions}')
    left, right = two_domains(source, target, at_least=1)
    drawn = np.random.default_rng(seed).standard_normal((directions, left.shape[1]))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    squared = sliced_wasserstein(*map(torch.from_numpy, (left, right, drawn)))
    return float(squared.sqrt())
