"""Confidence optimal transport."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from dann.core.errors import check
from dann.core.validator import Validator
from dann.core.views import View
from dann.validators.sampling import sample

COLDEST, HOTTEST = -3.0, 3.0  # logarithms of the temperature


def temperature(logits: Tensor, labels: Tensor) -> float:
    r"""The temperature T in [0.05, 20] at which ``softmax(logits / T)`` has the lowest cross-entropy.

    Args:
        logits: Shape ``(N, C)``, finite.
        labels: Shape ``(N,)``.

    Reference:
        `On Calibration of Modern Neural Networks <https://arxiv.org/abs/1706.04599>`_, section 4.2.
    """
    from scipy.optimize import minimize_scalar

    wide = logits.double()

    def loss(log_t: float) -> float:
        return float(F.cross_entropy(wide / math.exp(log_t), labels))

    found = minimize_scalar(loss, bounds=(COLDEST, HOTTEST), method='bounded', options={'xatol': 1e-4})
    return math.exp(float(found.x))


def quotas(labels: Tensor, classes: int, count: int) -> NDArray[np.int64]:
    """``count`` classes in the proportions of ``labels``, shape ``(count,)``: largest remainders are rounded up.

    Args:
        labels: Shape ``(N,)``.
        classes: How many there are.
        count: How many to return.
    """
    exact = torch.bincount(labels, minlength=classes).double().cpu().numpy() * count / len(labels)
    whole = np.floor(exact).astype(np.int64)
    lacking = count - int(whole.sum())
    whole[np.argsort(whole - exact, kind='stable')[:lacking]] += 1
    return np.repeat(np.arange(classes), whole)


def transport(probabilities: NDArray[np.float64], classes: NDArray[np.int64]) -> float:
    r"""Wasserstein distance of predictions to one-hot labels, in [0, 1].

    .. math:: \min_\pi \frac1N \sum_i \tfrac12 \lVert p_i - e_{y_{\pi(i)}} \rVert_1
        = 1 - \max_\pi \frac1N \sum_i p_{i\, y_{\pi(i)}}

    Args:
        probabilities: Shape ``(N, C)``.
        classes: The labels, shape ``(N,)``, in any order: :math:`\pi` is a permutation.
    """
    from scipy.optimize import linear_sum_assignment

    gains = probabilities[:, classes]
    rows, columns = linear_sum_assignment(gains, maximize=True)
    return 1 - float(gains[rows, columns].mean())


class COT(Validator):
    r"""Confidence optimal transport: an estimate of target accuracy, in [0, 1].

    .. math:: 1 - W_1\Bigl(\tfrac1{N_t} \sum_i \delta_{p_i}, \; \tfrac1{N_s} \sum_j \delta_{e_{y_j}}\Bigr)

    What it costs to move the target's predictions onto one-hot labels of the source's class shares, at half the L1
    distance. Never above the mean confidence: a model that names one class too often pays for it.

    Fails when: the class shares of the domains differ, which it takes for errors; or a model is sure of its mistakes
    and makes them evenly over classes.

    Args:
        calibrated: Divide logits by the temperature that fits the source labels best.
        most: Larger target splits are sampled down to this many, seeded.

    Reference:
        `Predicting Out-of-Distribution Error with Confidence Optimal Transport <https://arxiv.org/abs/2302.05018>`_
        (Lu et al., 2023), and the authors' code for the temperature. They solve the problem on up to 10 000 samples
        with labels drawn from the class shares; here it is solved exactly for at most ``most`` samples, and labels
        are the shares rounded to whole samples, which moves the estimate by less than C / N.
    """

    name = 'cot'
    default = False
    estimates = True

    def __init__(self, *, calibrated: bool = True, most: int = 1_000) -> None:
        check(most > 0, f'expected `most` above 0, got {most}')
        self.calibrated = calibrated
        self.most = most

    def score(self, source: View, target: View) -> float:
        """Return the estimate; NaN where a logit is not finite."""
        assert source.labels is not None
        logits = sample(target, self.most).logits.double()
        if not (logits.isfinite().all() and source.logits.isfinite().all()):
            return math.nan
        if self.calibrated:
            logits = logits / temperature(source.logits, source.labels)
        classes = quotas(source.labels, logits.shape[1], len(logits))
        return 1 - transport(logits.softmax(dim=1).detach().cpu().numpy(), classes)
