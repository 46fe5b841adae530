"""Soft neighbourhood density."""

from __future__ import annotations

from torch.nn import functional as F

from dann.errors import check
from dann.validators.base import Validator
from dann.validators.entropy import entropies
from dann.views import View


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
        """Return the density, computed in blocks of rows."""
        check(len(target) > 1, f'expected at least 2 target samples, got {len(target)}')
        unit = F.normalize(target.probabilities, dim=1)
        total, block = 0.0, 1024
        for start in range(0, len(unit), block):
            similarity = unit[start : start + block] @ unit.T / self.temperature
            similarity.diagonal(start).fill_(-1e9)
            total += float(entropies(similarity).sum())
        return total / len(unit)
