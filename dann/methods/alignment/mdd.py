"""Margin disparity discrepancy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.core.alignment import Alignment
from dann.core.errors import check
from dann.core.recommended import SGD_IN_PAPER
from dann.core.schedules import Schedule, Sigmoid
from dann.core.search_space import Categorical, Float, Search
from dann.core.views import Losses, View
from dann.functional.entropies import check_logits
from dann.methods.alignment.dann import CRITIC
from dann.networks.heads import Norm, check_layers, mlp
from dann.networks.reversal import reverse_gradient


def log_not(logits: Tensor, classes: Tensor) -> Tensor:
    r"""Log-probability of any other class, :math:`\log(1 - \mathrm{softmax}(z)_y)`, finite for finite logits.

    Args:
        logits: Shape ``(B, C)``.
        classes: The classes :math:`y`, shape ``(B,)``.

    Returns:
        Shape ``(B,)``, at most 0.
    """
    others = logits.scatter(1, classes[:, None], float('-inf'))
    return others.logsumexp(dim=1) - logits.logsumexp(dim=1)


def margin_disparity(
    source_logits: Tensor,
    target_logits: Tensor,
    source_classes: Tensor,
    target_classes: Tensor,
    margin: float = 4.0,
) -> Tensor:
    r"""Loss of the adversarial classifier: it agrees with the main one on the source, not on the target.

    .. math::
        \ell = -\gamma\, \mathbb{E}_s \log \sigma_{\hat y}(f'(x)) - \mathbb{E}_t \log (1 - \sigma_{\hat y}(f'(x)))

    where :math:`\hat y` is the main classifier's prediction and :math:`\sigma` the softmax.

    Args:
        source_logits: The adversarial classifier's, shape ``(Bs, C)``.
        target_logits: The same for the target, shape ``(Bt, C)``.
        source_classes: The main classifier's predictions, shape ``(Bs,)``.
        target_classes: The same for the target, shape ``(Bt,)``.
        margin: The paper's :math:`\gamma`, the exponential of the margin; above 0.

    Returns:
        A scalar of at least 0: the negative of the disparity discrepancy, which the features minimise.

    Raises:
        ValueError: Logits that are not ``(B, C)``.

    Reference:
        `Bridging Theory and Algorithm for Domain Adaptation <https://arxiv.org/abs/1904.05801>`_, section 4.
        ``log(1 - p)`` is taken over the other classes, so that it is exact where the authors' code is infinite
        and others clamp.
    """
    check_logits(source_logits)
    check_logits(target_logits)
    agree = F.cross_entropy(source_logits, source_classes)
    return margin * agree - log_not(target_logits, target_classes).mean()


class MDD(Alignment):
    r"""Margin disparity discrepancy: a second classifier disagrees with the main one on the target.

    Strength is the reversal's lambda; the adversarial classifier learns at full rate, and the main one gets no
    gradient, as its predictions enter as classes.

    Args:
        weight: Highest lambda; 0.1 in the paper.
        schedule: Ramp of lambda over the run. The authors' code ramps with a time constant of 1000 steps
            whatever the length of the run, which is ``Sigmoid(gamma=steps / 1000)`` here.
        margin: The paper's :math:`\gamma`; it takes 2 to 4.
        hidden: Hidden layers of the adversarial classifier.
        norm: In front of every ReLU of the adversarial classifier: ``none``, ``batch`` or ``layer``.
        dropout: Share of the outputs of its hidden layers that is set to 0 in training; 0.5 in the authors' code.

    Fails when:
        The main classifier's predictions are poor at the start, as the disparity is measured from them; and
        with a large lambda, under which the adversarial classifier outruns the features.

    Reference:
        `Bridging Theory and Algorithm for Domain Adaptation <https://arxiv.org/abs/1904.05801>`_
        (Zhang et al., ICML 2019), section 4.
    """

    family: ClassVar[str] = 'adversarial'
    recommended: ClassVar[Mapping[str, Any]] = SGD_IN_PAPER
    search: ClassVar[Search] = {
        'weight': Float(0.01, 1, log=True),
        'margin': Float(1.0, 8.0, log=True),
        'hidden': Categorical(([256], [1024], [2048])),
        **CRITIC,
    }

    def __init__(
        self,
        weight: float = 0.1,
        schedule: Schedule = Sigmoid(gamma=10.0),
        margin: float = 4.0,
        hidden: Sequence[int] = (1024,),
        norm: Norm = 'none',
        dropout: float = 0.0,
    ) -> None:
        super().__init__(weight, schedule)
        check(margin > 0, f'expected `margin` above 0, got {margin}')
        check_layers(hidden, norm, dropout)
        self.margin = margin
        self.hidden, self.norm, self.dropout = tuple(hidden), norm, dropout

    def build(self, feature_dim: int, num_classes: int) -> None:
        """Create the adversarial classifier."""
        sizes = (feature_dim, *self.hidden, num_classes)
        self.critic = mlp(sizes, norm=self.norm, dropout=self.dropout)

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the term ``mdd``."""
        both = reverse_gradient(torch.cat([source.features, target.features]), strength)
        seen, unseen = self.critic(both).split([len(source), len(target)])
        loss = margin_disparity(seen, unseen, source.predictions, target.predictions, self.margin)
        return {'mdd': loss}

    @torch.no_grad()
    def diagnose(self, source: View, target: View) -> dict[str, float]:
        """Return how well the two classifiers' agreement tells the domains apart; 0.5 where it does not."""
        on_source, on_target = (
            (self.critic(view.features).argmax(dim=1) == view.predictions).float().mean()
            for view in (source, target)
        )
        return {'mdd_critic_accuracy': float(on_source + 1 - on_target) / 2}
