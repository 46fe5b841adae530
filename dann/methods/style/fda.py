"""Fourier domain adaptation."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from dann.core.errors import check
from dann.core.schedules import Constant, Schedule
from dann.core.search_space import Float, Search
from dann.core.style import Style
from dann.methods.style.shapes import check_pairs


def fda(source: Tensor, target: Tensor, beta: float) -> Tensor:
    r"""Source images with the low-frequency amplitudes of target images, and their own phase.

    .. math:: x_{s \to t} = \mathcal{F}^{-1}\bigl([M_\beta \mathcal{F}^A(x_t)
        + (1 - M_\beta) \mathcal{F}^A(x_s)], \mathcal{F}^P(x_s)\bigr)

    ``M`` is one on the centred square of frequencies ``-b .. b``, ``b = floor(beta * min(H, W))``.

    Args:
        source: Images, shape ``(B, C, H, W)``.
        target: Images, shape ``(B, C, H, W)``, paired with the source.
        beta: Half the window's side as a share of the shorter image side, in [0, 0.5]. Below ``1 / min(H, W)``
            only the mean is exchanged, so the paper's 0.01 does that to any image under 100 pixels.

    Returns:
        Images, shape ``(B, C, H, W)``, not clipped.

    Raises:
        ValueError: ``beta`` out of range, or shapes that differ.

    Reference:
        `FDA: Fourier Domain Adaptation <https://arxiv.org/abs/2004.05498>`_, eqs. 1-3. The window is symmetric,
        as in the authors' NumPy code; their torch version takes one row and column less on one side.
    """
    check(0 <= beta <= 0.5, f'expected `beta` in [0, 0.5], got {beta}')
    check_pairs(source, target)
    height, width = source.shape[-2:]
    b = int(beta * min(height, width))
    spectrum, style = torch.fft.rfft2(source), torch.fft.rfft2(target)
    swapped = torch.polar(style.abs(), spectrum.angle())
    rows = torch.fft.fftfreq(height, d=1 / height, device=source.device).abs() <= b
    columns = torch.arange(spectrum.shape[-1], device=source.device) <= b
    mixed = torch.where(rows[:, None] & columns, swapped, spectrum)
    stylised: Tensor = torch.fft.irfft2(mixed, s=(height, width))
    return stylised


class FDA(Style):
    """Fourier domain adaptation: the target's low-frequency amplitudes on the source's phase.

    Args:
        weight: Blend between the source image (0) and the stylised one (1).
        schedule: How the strength grows with progress.
        beta: Half the window's side as a share of the image; the paper uses 0.01, 0.05 and 0.09 on images of
            about a thousand pixels.

    Fails when:
        The domains differ in more than their lowest frequencies (shape, texture, content), or a class is told by
        those frequencies: a large ``beta`` brings the partner's blurred shapes along as ghosts.

    Reference:
        `FDA: Fourier Domain Adaptation for Semantic Segmentation <https://arxiv.org/abs/2004.05498>`_
        (Yang and Soatto, CVPR 2020), eqs. 1-3. Its entropy term and its averaging of several betas are not part.
    """

    search: ClassVar[Search] = {**Style.search, 'beta': Float(0.01, 0.3, log=True)}

    def __init__(self, weight: float = 1.0, schedule: Schedule = Constant(), beta: float = 0.05) -> None:
        super().__init__(weight, schedule)
        check(0 <= beta <= 0.5, f'expected `beta` in [0, 0.5], got {beta}')
        self.beta = beta

    def stylise(self, source: Tensor, partner: Tensor) -> Tensor:
        """Return source images with the partner's low frequencies."""
        return fda(source, partner, self.beta)
