"""Colour covariance: whitening by the source's, colouring by the target's."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from dann.core.errors import check
from dann.core.schedules import Constant, Schedule
from dann.core.search_space import Float, Search
from dann.core.style import Style
from dann.methods.style.shapes import check_pairs


def match_covariance(source: Tensor, target: Tensor, ridge: float = 1e-5) -> Tensor:
    r"""Source images moved to the target's mean colour and colour covariance, image by image.

    .. math:: C_t^{1/2} C_s^{-1/2} (x_s - \mu_s) + \mu_t, \qquad
        C = \frac{1}{HW} \sum_i (x_i - \mu) (x_i - \mu)^\top + \epsilon I

    Both roots are the symmetric positive ones, of covariances over the pixels of one image.

    Args:
        source: Images, shape ``(B, C, H, W)``.
        target: Images, shape ``(B, C, H, W)``, paired with the source.
        ridge: The equation's epsilon, above 0: without it a grey image, whose covariance is singular, has no
            inverse root.

    Returns:
        Images, shape ``(B, C, H, W)``, not clipped.

    Raises:
        ValueError: Shapes that differ, or ``ridge`` out of range.

    Reference:
        `Return of Frustratingly Easy Domain Adaptation <https://arxiv.org/abs/1511.05547>`_ (Sun et al., AAAI
        2016), algorithm 1, on the colours of one image; `Universal Style Transfer via Feature Transforms
        <https://arxiv.org/abs/1705.08086>`_, eqs. 2 and 3, on pixels instead of VGG features.
    """
    check(ridge > 0, f'expected `ridge` above 0, got {ridge}')
    check_pairs(source, target)
    pixels, _ = _centred(source)
    style, new_mean = _centred(target)
    transform = _power(_covariance(style, ridge), 0.5) @ _power(_covariance(pixels, ridge), -0.5)
    return (transform @ pixels + new_mean).view_as(source)


def _centred(images: Tensor) -> tuple[Tensor, Tensor]:
    pixels = images.flatten(2)
    mean = pixels.mean(dim=2, keepdim=True)
    return pixels - mean, mean


def _covariance(centred: Tensor, ridge: float) -> Tensor:
    channels, count = centred.shape[1:]
    return centred @ centred.mT / count + ridge * torch.eye(
        channels, dtype=centred.dtype, device=centred.device
    )


def _power(covariance: Tensor, exponent: float) -> Tensor:
    values, vectors = torch.linalg.eigh(covariance)
    # rounding may leave an eigenvalue of a singular covariance below 0
    powers = values.clamp(min=torch.finfo(values.dtype).eps) ** exponent
    root: Tensor = vectors * powers[:, None, :] @ vectors.mT
    return root


class Covariance(Style):
    """RGB covariance: whitens an image's colours and gives them the covariance of the target image's.

    Args:
        weight: Blend between the source image (0) and the stylised one (1).
        schedule: How the strength grows with progress.
        ridge: Added to the diagonal of both covariances, above 0.

    Fails when:
        The colours of an image tell its class, which the transform moves with all others; an almost grey image
        has noise in two of three directions, and that is what gets blown up to the target's colours.

    Reference:
        `Return of Frustratingly Easy Domain Adaptation <https://arxiv.org/abs/1511.05547>`_ (Sun et al., AAAI
        2016), algorithm 1: the paper's CORAL on deep features of whole domains, with 1 as the ridge; here on
        the colours of single images in [0, 1], where 1 would leave nothing of either covariance.
    """

    search: ClassVar[Search] = {**Style.search, 'ridge': Float(1e-6, 1e-2, log=True)}

    def __init__(self, weight: float = 1.0, schedule: Schedule = Constant(), ridge: float = 1e-5) -> None:
        super().__init__(weight, schedule)
        check(ridge > 0, f'expected `ridge` above 0, got {ridge}')
        self.ridge = ridge

    def stylise(self, source: Tensor, partner: Tensor) -> Tensor:
        """Return source images with the partner's colour covariance."""
        return match_covariance(source, partner, self.ridge)
