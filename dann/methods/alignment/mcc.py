"""Minimum class confusion."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from dann.core.alignment import Alignment
from dann.core.errors import check
from dann.core.schedules import Constant, Schedule
from dann.core.search_space import Float, Search
from dann.core.views import Losses, View
from dann.functional.entropies import check_logits, entropy_weights


def class_confusion(logits: Tensor, temperature: float = 2.5) -> Tensor:
    r"""Mean mass off the diagonal of the row-normalised class confusion matrix.

    .. math::
        \ell = \frac1C \sum_{i \ne j} \frac{K_{ij}}{\sum_k K_{ik}}, \qquad
        K = P^\top W P, \quad P = \mathrm{softmax}(Z / T), \quad
        W_{nn} = \frac{B (1 + e^{-H(p_n)})}{\sum_m (1 + e^{-H(p_m)})}

    As the rows of ``P`` sum to 1, row ``i`` of the normalised matrix averages the predictions with weights
    proportional to ``W p_i``; a softmax over the batch gives these, with no division that could be by zero.

    Args:
        logits: Target scores, shape ``(B, C)``.
        temperature: Divides the logits, above 0.

    Returns:
        A scalar in [0, 1 - 1/C]; 0 for certain predictions of every class.

    Raises:
        ValueError: Logits that are not ``(B, C)``.

    Reference:
        `Minimum Class Confusion for Versatile Domain Adaptation <https://arxiv.org/abs/1912.03699>`_, eqs. 2-6.
        No gradient flows through ``W``, as in the authors' code.
    """
    check_logits(logits)
    scaled = logits / temperature
    log_p = scaled.log_softmax(dim=1)
    shares = (entropy_weights(scaled).log()[:, None] + log_p).softmax(dim=0)
    return 1 - (shares * log_p.exp()).sum() / logits.shape[1]


class MCC(Alignment):
    """Minimum class confusion: penalises target predictions that waver between two classes.

    Args:
        weight: Factor on the loss.
        schedule: How the strength grows with progress; constant in the paper.
        temperature: Divides the logits, above 0; 2.5 in the paper, 3 in its code for VisDA.

    Fails when:
        The batch is small against the number of classes, as most pairs then meet in no batch; or when target
        predictions are certain and wrong, which confuses no pair.

    Reference:
        `Minimum Class Confusion for Versatile Domain Adaptation <https://arxiv.org/abs/1912.03699>`_
        (Jin et al., ECCV 2020), eqs. 2-6.
    """

    family: ClassVar[str] = 'output'
    search: ClassVar[Search] = {**Alignment.search, 'temperature': Float(1.0, 5.0)}

    def __init__(
        self, weight: float = 1.0, schedule: Schedule = Constant(), temperature: float = 2.5
    ) -> None:
        super().__init__(weight, schedule)
        check(temperature > 0, f'expected `temperature` above 0, got {temperature}')
        self.temperature = temperature

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the term ``mcc``."""
        return {'mcc': strength * class_confusion(target.logits, self.temperature)}
