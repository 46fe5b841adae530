r"""The kernel under which every mean discrepancy of the package is taken: a sum of Gaussians.

.. math:: k(x, y) = \sum_u \exp\Bigl(-\frac{\lVert x - y \rVert^2}{2\, \text{scale}_u\, m}\Bigr)

By default :math:`m` is the mean of :math:`\lVert z_i - z_j \rVert^2` over the pairs :math:`i \ne j` of both domains'
samples together, and the scales are ``SCALES``. This is the kernel of the authors' code of deep adaptation networks, so
the loss ``MMD`` trains as published. Validators and ``dann gap`` take the same one: a score then measures exactly what
the loss makes small, and as the mean follows from the variance alone, no matrix of all pairs has to be kept.

The options give the other kernels in use. ``bandwidth='median'`` takes the median of the same distances, which a few
samples far from all others move less. ``scales`` sets the multiples of :math:`m`; a kernel that is written without the
factor 2, :math:`\exp(-\lVert x - y \rVert^2 / (s m))`, has the scale :math:`s / 2` here. One scale gives one Gaussian.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from dann.core.errors import check
from dann.functional.distances import blocks, pool, squared_distances
from dann.functional.shapes import check_features

Bandwidth = Literal['mean', 'median']
Kernel = Callable[[Tensor], Tensor]
SCALES = (0.125, 0.25, 0.5, 1.0, 2.0)


def check_kernels(scales: Sequence[float], bandwidth: Bandwidth = 'mean') -> None:
    """Raise ``ValueError`` unless all ``scales`` are above 0 and the bandwidth is known."""
    known = get_args(Bandwidth)
    check(bandwidth in known, f'expected `bandwidth` to be one of {known}, got {bandwidth!r}')
    check(min(scales, default=0) > 0, f'expected `scales` above 0, got {tuple(scales)}')


def mean_distance(pooled: Tensor) -> Tensor:
    """Mean squared distance over pairs ``i != j``, detached: twice the total sample variance."""
    return 2 * pooled.detach().var(dim=0).sum()


def median_distance(pooled: Tensor) -> Tensor:
    """Median squared distance over pairs ``i < j``, detached: the lower of two, or the mean where it is 0.

    Args:
        pooled: Shape ``(N, D)``; all N (N - 1) / 2 distances are held at once, twice while their median is found.
    """
    samples = pooled.detach() - pooled.detach().mean(dim=0)
    gaps = samples.new_empty(len(samples) * (len(samples) - 1) // 2)
    filled = 0
    for rows in blocks(len(samples)):
        strip = squared_distances(samples[rows], samples[rows.start :])
        later = torch.ones_like(strip, dtype=torch.bool).triu(diagonal=1)
        found = strip[later]
        gaps[filled : filled + len(found)] = found
        filled += len(found)
    median = gaps.median()
    mean = mean_distance(samples)
    rounding = 1e3 * torch.finfo(mean.dtype).eps * mean  # of the product behind the distances
    return median.where(median > rounding, mean)


def bandwidth_of(pooled: Tensor, bandwidth: Bandwidth = 'mean') -> Tensor:
    """Return the mean or the median squared distance of the samples ``(N, D)``, a detached scalar."""
    return mean_distance(pooled) if bandwidth == 'mean' else median_distance(pooled)


def gaussians(distances: Tensor, scales: Sequence[float], bandwidth: Tensor | float) -> Tensor:
    """Sum over ``scales`` of Gaussian kernels of squared ``distances``; all ones where all samples are equal."""
    exponent = distances / (-2 * _width(bandwidth, distances))
    return torch.stack([(exponent / scale).exp() for scale in scales]).sum(dim=0)


def _width(bandwidth: Tensor | float, like: Tensor) -> Tensor:
    width = torch.as_tensor(bandwidth, dtype=like.dtype, device=like.device)
    return width.where(width > torch.finfo(width.dtype).tiny, 1)


@dataclass(frozen=True, slots=True)
class Gaussians:
    """The kernel ``gaussians`` of one bandwidth, as a function of squared distances that knows its slope.

    Args:
        scales: One Gaussian for each, all above 0.
        bandwidth: The number that they are multiples of, without gradient.
    """

    scales: Sequence[float]
    bandwidth: Tensor | float

    def __call__(self, distances: Tensor) -> Tensor:
        """Return the values at squared ``distances``."""
        return gaussians(distances, self.scales, self.bandwidth)

    def measure(self, x: Tensor, y: Tensor) -> Tensor:
        """Return the squared distances of all pairs, shape ``(len(x), len(y))``."""
        return squared_distances(x, y)

    def values_and_slopes(self, measured: Tensor) -> tuple[Tensor, Tensor]:
        """Return values and derivatives at squared distances, holding three matrices of their shape."""
        width = -2 * _width(self.bandwidth, measured)
        exponent, values, slopes = measured / width, torch.zeros_like(measured), torch.zeros_like(measured)
        for scale in self.scales:
            term = (exponent / scale).exp_()
            values += term
            slopes.add_(term, alpha=1 / scale)
        return values, slopes.div_(width)

    def add_gradient(self, gradient: Tensor, force: Tensor, x: Tensor, y: Tensor) -> None:
        """Add the gradient in ``x`` of ``(force * squared_distances(x, y)).sum()`` to ``gradient``."""
        gradient.addmm_(force, y, alpha=-2).addcmul_(x, force.sum(dim=1, keepdim=True), value=2)


@dataclass(frozen=True, slots=True)
class Powers:
    r"""The polynomial kernel :math:`k(x, y) = (\langle x, y \rangle / a)^p`.

    Args:
        order: The power :math:`p`, at least 1.
        divisor: The number :math:`a`.
    """

    order: int
    divisor: float

    def measure(self, x: Tensor, y: Tensor) -> Tensor:
        """Return the inner products of all pairs, shape ``(len(x), len(y))``."""
        return x @ y.T

    def values_and_slopes(self, measured: Tensor) -> tuple[Tensor, Tensor]:
        """Return values and derivatives at inner products."""
        base = measured / self.divisor
        slopes = base.pow(self.order - 1)
        return slopes * base, slopes * (self.order / self.divisor)

    def add_gradient(self, gradient: Tensor, force: Tensor, x: Tensor, y: Tensor) -> None:
        """Add the gradient in ``x`` of ``(force * (x @ y.T)).sum()`` to ``gradient``."""
        gradient.addmm_(force, y)


def summed_gaussians(distances: Tensor, scales: Sequence[float], bandwidth: Tensor) -> Tensor:
    """What ``gaussians`` gives, without a gradient: the kernel of half a scale is the square of that scale's.

    An exponential costs several times a product, and the scales of ``SCALES`` follow from one.
    """
    width = bandwidth.where(bandwidth > torch.finfo(bandwidth.dtype).tiny, 1)
    total, kernel, above = torch.zeros_like(distances), distances, 0.0
    for scale in sorted(scales, reverse=True):
        kernel = kernel.square_() if 2 * scale == above else (distances / (-2 * scale * width)).exp_()
        total += kernel
        above = scale
    return total


def pooled_kernel(
    source: Tensor, target: Tensor, scales: Sequence[float] = SCALES, bandwidth: Bandwidth = 'mean'
) -> Tensor:
    """Kernel values of all pairs of both domains' samples, source first, shape ``(Bs + Bt, Bs + Bt)``.

    Args:
        source: Features, shape ``(Bs, D)``.
        target: Features, shape ``(Bt, D)``.
        scales: One Gaussian for each, a multiple of the bandwidth, above 0.
        bandwidth: ``mean`` or ``median`` squared distance of the pooled samples, held constant in the gradient.

    Raises:
        ValueError: Shapes that do not fit, or ``scales`` that are not above 0.
    """
    check_kernels(scales, bandwidth)
    check_features(source, target)
    pooled = pool(source, target)
    return gaussians(squared_distances(pooled, pooled), scales, bandwidth_of(pooled, bandwidth))
