"""CORAL distance."""

from __future__ import annotations

import torch
from numpy.typing import ArrayLike

from dann.functional.coral import coral
from dann.shift.arrays import two_domains


def coral_distance(source: ArrayLike, target: ArrayLike) -> float:
    r"""Squared Frobenius distance of the covariances over :math:`4 D^2`; it does not see the means.

    Args:
        source: Features, shape ``(Ns, D)``, ``Ns`` at least 2.
        target: Features, shape ``(Nt, D)``, ``Nt`` at least 2.

    Raises:
        ValueError: Shapes that do not fit, or a domain with fewer than two samples.

    Reference:
        `Deep CORAL <https://arxiv.org/abs/1607.01719>`_, eq. 1.
    """
    left, right = two_domains(source, target)
    return float(coral(torch.from_numpy(left), torch.from_numpy(right)))
