"""Whether a network is as often right as it says."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BINS = 15


def calibration_error(confidence: NDArray[np.floating], right: NDArray[np.bool_], bins: int = BINS) -> float:
    r"""Return the expected calibration error, in [0, 1]; NaN of no sample.

    .. math:: \sum_b \frac{|B_b|}{N} \left| \mathrm{acc}(B_b) - \mathrm{conf}(B_b) \right|

    Args:
        confidence: Probability of the predicted class, shape ``(N,)``.
        right: Whether the prediction is right, shape ``(N,)``.
        bins: Of equal width, each with its upper and without its lower end.

    Reference:
        Guo et al., `On Calibration of Modern Neural Networks <https://arxiv.org/abs/1706.04599>`_, ICML 2017, eq. 3.
    """
    if not len(confidence):
        return float('nan')
    return float(np.abs(excess(confidence, right, bins).sum(axis=0)).sum() / len(confidence))


def excess(
    confidence: NDArray[np.floating], right: NDArray[np.bool_], bins: int = BINS
) -> NDArray[np.float64]:
    """Return how much more often than it says each sample is right, in the column of its bin, shape ``(N, bins)``."""
    place = np.clip(np.ceil(np.asarray(confidence, np.float64) * bins).astype(np.int64) - 1, 0, bins - 1)
    table = np.zeros((len(confidence), bins))
    table[np.arange(len(confidence)), place] = right - np.asarray(confidence, np.float64)
    return table
