"""Negative maximum mean discrepancy."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dann.core.errors import check
from dann.core.validator import Validator
from dann.core.views import View
from dann.functional.kernels import SCALES, Bandwidth, check_kernels
from dann.functional.mmd import unbiased_mmd
from dann.validators.sampling import sample


class MMD(Validator):
    """Negative squared maximum mean discrepancy between the domains' features; may exceed 0.

    High when the features of both domains are alike, also when they say nothing: a collapsed network reaches 0. With
    the defaults it is minus the loss that the alignment ``MMD`` takes of whole splits.

    Args:
        scales: Multiples of the bandwidth, one Gaussian kernel each; the score is at least -2 times their number.
        bandwidth: ``mean`` or ``median`` squared distance of both domains' samples.
        most: Larger splits are sampled down to this many, seeded; each domain for itself.

    Reference:
        `A Kernel Two-Sample Test <https://jmlr.org/papers/v13/gretton12a.html>`_, eq. 3; as a validator,
        ``MMDValidator`` of `PyTorch Adapt <https://arxiv.org/abs/2211.15673>`_, kernels likewise with powers of
        two around a typical distance. There the estimate is linear in time, repeated over random draws, and the
        distance is the source's median; here it is the quadratic one, of less variance, and the distance is the mean
        of both domains, as in the loss.
    """

    name = 'mmd'
    cost = 'dear'

    def __init__(
        self, scales: Sequence[float] = SCALES, most: int = 2_000, bandwidth: Bandwidth = 'mean'
    ) -> None:
        check_kernels(scales, bandwidth)
        check(most > 1, f'expected `most` above 1, got {most}')
        self.scales = tuple(scales)
        self.bandwidth: Bandwidth = bandwidth
        self.most = most

    def score(self, source: View, target: View) -> float:
        """Return the negative discrepancy; NaN for fewer than two samples or features that are not finite."""
        left, right = (sample(view, self.most).features for view in (source, target))
        if min(len(left), len(right)) < 2 or not (left.isfinite().all() and right.isfinite().all()):
            return math.nan
        return -unbiased_mmd(left, right, scales=self.scales, bandwidth=self.bandwidth)
