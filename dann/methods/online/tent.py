"""TENT online: entropy minimisation through the norms' scale and offset, a step a batch."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from dann.functional.entropies import mean_entropy
from dann.methods.online.norm_adapting import Descending


class TENTOnline(Descending):
    r"""Predictions become certain through batch norm's scale and offset, one step a batch.

    .. math:: \min_{\gamma, \beta} \frac{1}{B} \sum_n H(p_n), \qquad H(p) = -\sum_c p_c \log p_c

    Every batch is normalised by its own statistics. The prediction that counts is made before the step.

    Args:
        lr: Learning rate of Adam.

    Fails when:
        Batches are small or hold few classes; or the stream is long: nothing keeps predictions from falling into one
        class, and no weight ever returns.

    Reference:
        `Tent: Fully Test-Time Adaptation by Entropy Minimization <https://arxiv.org/abs/2006.10726>`_ (Wang et al.,
        ICLR 2021), section 3; optimiser and rate are those of the authors' code for CIFAR-10-C. There dropout is
        active while it adapts; here it never is. ``TENT`` among the methods of training is the same loss in a row of a
        benchmark, which is scored after its pass.
    """

    name: ClassVar[str] = 'tent'

    def __init__(self, lr: float = 1e-3) -> None:
        super().__init__(lr)

    def optimise(self, parameters: list[nn.Parameter]) -> Optimizer:
        """Return Adam."""
        return Adam(parameters, lr=self.lr)

    def loss(self, logits: Tensor) -> Tensor:
        """Return the mean entropy."""
        return mean_entropy(logits)
