"""Conditional domain-adversarial training."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.methods.alignment.dann import DANN, domain_loss
from dann.schedules import Schedule, Sigmoid
from dann.views import View


def multilinear(features: Tensor, probabilities: Tensor) -> Tensor:
    r"""Outer product :math:`\mathrm{vec}(p \otimes f)` of each sample's class probabilities and features.

    Args:
        features: Shape ``(B, D)``.
        probabilities: Shape ``(B, C)``.

    Returns:
        Shape ``(B, C * D)``; entry ``c * D + d`` is ``probabilities[c] * features[d]``.

    Raises:
        ValueError: Different numbers of samples.

    Reference:
        `Conditional Adversarial Domain Adaptation <https://arxiv.org/abs/1705.10667>`_, eq. 3.
    """
    if features.ndim != 2 or probabilities.ndim != 2 or len(features) != len(probabilities):
        msg = (
            'expected features of shape (B, D) and probabilities of shape (B, C), '
            f'got {tuple(features.shape)} and {tuple(probabilities.shape)}'
        )
        raise ValueError(msg)
    return (probabilities[:, :, None] * features[:, None, :]).flatten(1)


def entropy_weights(logits: Tensor) -> Tensor:
    r"""Weights :math:`1 + e^{-H(p)}` that sum to 1 over the batch: certain samples count for more.

    Args:
        logits: Shape ``(B, C)``.

    Returns:
        Shape ``(B,)``, detached.

    Reference:
        `Conditional Adversarial Domain Adaptation <https://arxiv.org/abs/1705.10667>`_, section 3.3. The
        authors' code lets gradients through the entropy; none flow here, as the weights are meant to weigh.
    """
    log_p = logits.detach().log_softmax(dim=1)
    weights = 1 + (log_p.exp() * log_p).sum(dim=1).exp()
    return weights / weights.sum()


class CDAN(DANN):
    """Conditional adversarial training: the critic sees features and predictions multiplied together.

    Args:
        weight: Highest lambda.
        schedule: Ramp of lambda over the run.
        hidden: Hidden layers of the critic.
        entropy: Weigh samples by certainty (CDAN+E).

    Reference:
        `Conditional Adversarial Domain Adaptation <https://arxiv.org/abs/1705.10667>`_
        (Long et al., NeurIPS 2018), eqs. 3 and 8. Predictions are detached in the product, as in the authors'
        code; the full product is always used, the randomised one of eq. 4 never.
    """

    def __init__(
        self,
        weight: float = 1.0,
        schedule: Schedule = Sigmoid(gamma=10.0),
        hidden: Sequence[int] = (500, 500),
        *,
        entropy: bool = False,
    ) -> None:
        super().__init__(weight, schedule, hidden)
        self.entropy = entropy

    def critic_inputs(self, feature_dim: int, num_classes: int) -> int:
        """Return the size of the outer product."""
        return feature_dim * num_classes

    def condition(self, view: View) -> Tensor:
        """Return the outer product of features and detached probabilities."""
        return multilinear(view.features, view.probabilities.detach())

    def loss(self, logits: Tensor, source: View, target: View) -> Tensor:
        """Return the critic's loss, entropy-weighted within each domain where asked for."""
        on_source, on_target = logits[: len(source)], logits[len(source) :]
        if not self.entropy:
            return domain_loss(on_source, on_target)
        source_part = torch.dot(entropy_weights(source.logits).to(logits.dtype), F.softplus(-on_source))
        target_part = torch.dot(entropy_weights(target.logits).to(logits.dtype), F.softplus(on_target))
        return 0.5 * (source_part + target_part)
