"""Domain-adversarial training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, get_args

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.core.alignment import Alignment
from dann.core.recommended import SGD_IN_PAPER
from dann.core.schedules import Schedule, Sigmoid
from dann.core.search_space import Categorical, Float, Search
from dann.core.views import Losses, View
from dann.functional.entropies import entropy_weights
from dann.networks.heads import Norm, check_layers, critic
from dann.networks.reversal import reverse_gradient

CRITIC: Search = {'norm': Categorical(get_args(Norm)), 'dropout': Float(0.0, 0.5)}  # options of a critic


def domain_loss(
    source_logits: Tensor,
    target_logits: Tensor,
    source_weights: Tensor | None = None,
    target_weights: Tensor | None = None,
) -> Tensor:
    r"""Binary cross-entropy of the domain critic; each domain weighs one half, whatever its batch size.

    .. math:: \ell = -\tfrac12 \mathbb{E}_s \log \sigma(d_s) - \tfrac12 \mathbb{E}_t \log (1 - \sigma(d_t))

    Args:
        source_logits: Critic's logits of being source, shape ``(Bs,)``.
        target_logits: The same for the target, shape ``(Bt,)``.
        source_weights: Weights of the source samples that sum to 1, shape ``(Bs,)``; ``None`` for equal ones.
        target_weights: The same for the target, shape ``(Bt,)``.

    Returns:
        A scalar of at least 0; log 2 at chance.

    Reference:
        `Domain-Adversarial Training of Neural Networks <https://arxiv.org/abs/1505.07818>`_, eqs. 7 and 9. The
        paper weighs domains by their number of samples; equal batches give the same.
    """
    on_source, on_target = F.softplus(-source_logits), F.softplus(target_logits)
    if source_weights is None or target_weights is None:
        return 0.5 * (on_source.mean() + on_target.mean())
    return 0.5 * (torch.dot(source_weights, on_source) + torch.dot(target_weights, on_target))


class DANN(Alignment):
    """Domain-adversarial training: reversed gradients make features that a critic cannot tell apart by domain.

    Strength is the reversal's lambda: it scales only the gradient into the features, while the critic learns
    at full rate.

    Args:
        weight: Highest lambda.
        schedule: Ramp of lambda over the run.
        hidden: Hidden layers of the critic: ``(100,)`` for the paper's MNIST network, ``(1024, 1024)`` for its
            SVHN and GTSRB networks.
        norm: In front of every ReLU of the critic: ``none``, ``batch`` or ``layer``.
        dropout: Share of the outputs of the critic's hidden layers that is set to 0 in training.
        entropy: Weigh samples by the certainty of their class predictions, as CDAN+E does; not in the paper.

    Fails when:
        The class proportions of the domains differ: indistinguishable features then force samples of one class
        onto another. Also when the critic wins, or dies, early; ``critic_accuracy`` then stays at 1 or at 0.5
        from the start.

    Reference:
        `Domain-Adversarial Training of Neural Networks <https://arxiv.org/abs/1505.07818>`_
        (Ganin et al., JMLR 2016), eqs. 9-17 and section 5.2.2.
    """

    family: ClassVar[str] = 'adversarial'
    recommended: ClassVar[Mapping[str, Any]] = SGD_IN_PAPER
    search: ClassVar[Search] = {
        **Alignment.search,
        'hidden': Categorical(([100], [500, 500], [1024, 1024])),
        **CRITIC,
        'entropy': Categorical((False, True)),
    }
    rows: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        'dann+e': {'alignment': {'class_path': 'DANN', 'init_args': {'entropy': True}}}
    }
    prefix: ClassVar[str] = ''

    def __init__(
        self,
        weight: float = 1.0,
        schedule: Schedule = Sigmoid(gamma=10.0),
        hidden: Sequence[int] = (100,),
        *,
        norm: Norm = 'none',
        dropout: float = 0.0,
        entropy: bool = False,
    ) -> None:
        super().__init__(weight, schedule)
        check_layers(hidden, norm, dropout)
        self.hidden, self.norm, self.dropout = tuple(hidden), norm, dropout
        self.entropy = entropy

    def build(self, feature_dim: int, num_classes: int) -> None:
        """Create the critic."""
        inputs = self.critic_inputs(feature_dim, num_classes)
        self.critic = critic(inputs, self.hidden, self.norm, self.dropout)

    def critic_inputs(self, feature_dim: int, num_classes: int) -> int:
        """Return how many numbers the critic sees of each sample."""
        return feature_dim

    def condition(self, view: View) -> Tensor:
        """Return what the critic sees, shape ``(B, critic_inputs)``."""
        return view.features

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the critic's loss, entropy-weighted within each domain where asked for."""
        both = torch.cat([self.condition(source), self.condition(target)])
        logits = self.critic(reverse_gradient(both, strength))
        weights = [entropy_weights(view.logits) for view in (source, target)] if self.entropy else []
        loss = domain_loss(logits[: len(source)], logits[len(source) :], *weights)
        return {f'{self.prefix}domain': loss}

    @torch.no_grad()
    def diagnose(self, source: View, target: View) -> dict[str, float]:
        """Return the critic's balanced accuracy; near 0.5 when the domains are confused or the critic is dead."""
        said_source = self.critic(self.condition(source)) > 0
        said_target = self.critic(self.condition(target)) <= 0
        accuracy = float(said_source.float().mean() + said_target.float().mean()) / 2
        return {f'{self.prefix}critic_accuracy': accuracy}
