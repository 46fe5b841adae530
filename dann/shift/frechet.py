"""Frechet distance of two Gaussians, and FID where there is an Inception network."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike

from dann.shift.arrays import Array, two_domains

INCEPTION = 'weights-inception-2015-12-05-6726825d.pth'


def frechet_distance(source: ArrayLike, target: ArrayLike) -> float:
    r"""Squared Frechet (2-Wasserstein) distance of the Gaussians with the domains' moments.

    .. math:: \lVert \mu_s - \mu_t \rVert^2 + \operatorname{tr}\bigl(C_s + C_t - 2 (C_s C_t)^{1/2}\bigr)

    The estimate is biased upwards, by more the fewer the samples: compare it at equal sizes only.

    Args:
        source: Features, shape ``(Ns, D)``, ``Ns`` at least 2.
        target: Features, shape ``(Nt, D)``, ``Nt`` at least 2.

    Raises:
        ValueError: Shapes that do not fit, or a domain with fewer than two samples.

    Reference:
        `GANs Trained by a Two Time-Scale Update Rule <https://arxiv.org/abs/1706.08500>`_, eq. 6.
    """
    left, right = two_domains(source, target)
    first, second = (np.cov(each, rowvar=False).reshape(left.shape[1], -1) for each in (left, right))
    root = _root(first)
    # the eigenvalues of C_s C_t are those of the symmetric root C_t root, which rounding keeps real
    cross = np.sqrt(np.linalg.eigvalsh(root @ second @ root).clip(min=0)).sum()
    gap = np.square(left.mean(axis=0) - right.mean(axis=0)).sum()
    return max(float(gap + np.trace(first) + np.trace(second) - 2 * cross), 0.0)


def _root(covariance: Array) -> Array:
    values, vectors = np.linalg.eigh(covariance)
    root: Array = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
    return root


def without_inception() -> str:
    """Return why this machine has no FID; empty where it has one. Nothing is fetched from anywhere."""
    if find_spec('torch_fidelity') is None:
        return 'torch-fidelity is not installed'
    if not (Path(torch.hub.get_dir()) / 'checkpoints' / INCEPTION).exists():
        return f'{INCEPTION} is not in {Path(torch.hub.get_dir()) / "checkpoints"}'
    return ''


def fid(source: torch.Tensor, target: torch.Tensor, feature: Any = 2048, *, batch: int = 64) -> float:
    """Frechet Inception distance of uint8 images, through torchmetrics.

    Args:
        source: Shape ``(Ns, 3, H, W)``.
        target: Shape ``(Nt, 3, H, W)``.
        feature: Inception's layer by its width, or a module to take in Inception's place.
        batch: Images that pass through the network at once.
    """
    from torchmetrics.image.fid import FrechetInceptionDistance

    metric = FrechetInceptionDistance(feature=feature)
    for images, real in ((source, True), (target, False)):
        for start in range(0, len(images), batch):
            metric.update(images[start : start + batch].expand(-1, 3, -1, -1), real=real)
    return float(metric.compute())
