"""Soft neighbourhood density."""

from __future__ import annotations

import math

from torch import Tensor
from torch.nn import functional as F

from dann.core.errors import check
from dann.core.validator import Validator
from dann.core.views import View

ELEMENTS = 2**23


def density(probabilities: Tensor, temperature: float = 0.05) -> float:
    r"""Mean entropy of each sample's soft neighbourhood, in [0, log (N - 1)], computed in blocks of rows.

    .. math:: \frac1N \sum_i H\bigl(\mathrm{softmax}_{j \ne i} (\cos(p_i, p_j) / T)\bigr)

    Args:
        probabilities: Predictions, shape ``(N, C)``; NaN for less than two.
        temperature: T, above 0.
    """
    count = len(probabilities)
    if count < 2:
        return math.nan
    unit = F.normalize(probabilities, dim=1)
    total, rows = 0.0, max(1, ELEMENTS // count)
    for start in range(0, count, rows):
        similarity = (unit[start : start + rows] @ unit.T).div_(temperature)
        similarity.diagonal(start).fill_(-1e9)
        similarity -= similarity.amax(dim=1, keepdim=True)
        weights = similarity.exp()
        mass = weights.sum(dim=1)
        total += float((mass.log() - weights.mul_(similarity).sum(dim=1) / mass).double().sum())
    return total / count


class SND(Validator):
    r"""Mean entropy of each target sample's soft neighbourhood, in [0, log (N - 1)].

    .. math:: \frac1N \sum_i H\bigl(\mathrm{softmax}_{j \ne i} (\cos(p_i, p_j) / T)\bigr)

    High when samples have many near neighbours; highest when all predictions are equal, so a collapsed model
    wins: read it together with InfoMax.

    Args:
        temperature: The paper's T, above 0.

    Reference:
        `Tune it the Right Way: Unsupervised Validation of Domain Adaptation via Soft Neighborhood Density
        <https://arxiv.org/abs/2108.10860>`_, eqs. 1-3, on softmax outputs.
    """

    name = 'snd'

    def __init__(self, temperature: float = 0.05) -> None:
        check(temperature > 0, f'expected `temperature` above 0, got {temperature}')
        self.temperature = temperature

    def score(self, source: View, target: View) -> float:
        """Return the density."""
        return density(target.probabilities, self.temperature)
