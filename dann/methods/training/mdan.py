"""A domain critic for every source, and sources that count by their bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, get_args

import torch
from torch import Tensor, nn

from dann.core.errors import check
from dann.core.recommended import GAME
from dann.core.search_space import Categorical, Float, Search
from dann.core.views import Losses, View
from dann.datasets.loading import Batch
from dann.engine.module import AdaptationModule
from dann.methods.alignment.dann import CRITIC, domain_loss
from dann.networks.heads import Norm, check_layers, critic
from dann.networks.reversal import reverse_gradient

Combine = Literal['soft', 'hard']


class MDAN(AdaptationModule):
    r"""Adversarial training for many sources: a critic tells each source from the target, the worst source counts most.

    With the task loss :math:`\epsilon_j` of source j and the loss :math:`d_j` of its critic the features descend

    .. math:: \frac1\gamma \log \sum_j \exp \gamma (\epsilon_j - \mu d_j) \quad\text{(soft)},
        \qquad \max_j (\epsilon_j - \mu d_j) \quad\text{(hard)}

    which weighs source j by a softmax, or the largest alone; the critics descend :math:`d_j` under the same weights.
    The terms are ``source``, the weighted task loss, and ``domain``, the weighted loss of the critics.

    Args:
        weight: :math:`\mu`, on the gradient from the critics into the features.
        combine: ``soft`` or ``hard``.
        gamma: :math:`\gamma` of the soft maximum, above 0: near 0 all sources count alike.
        hidden: Hidden layers of every critic; none in the authors' code for Amazon reviews.
        norm: In front of every ReLU of the critics: ``none``, ``batch`` or ``layer``.
        dropout: Share of the outputs of the critics' hidden layers that is set to 0 in training.

    Fails when:
        A source is useless: it stays the worst, and all training goes into it. ``DARN`` does the opposite.

    Reference:
        `Adversarial Multiple Source Domain Adaptation <https://arxiv.org/abs/1705.09684>`_ (Zhao et al., NeurIPS 2018),
        section 4, hard and soft version. The authors' code has 0.01 for :math:`\mu`, 10 for :math:`\gamma`, and adds
        the critic's loss where the paper, and this, subtract it; its critics learn at the rate :math:`\mu`, here at
        the full rate, as in ``DANN``. The mean of both domains stands here for their sum in :math:`d_j`.
    """

    family = 'adversarial'
    many_sources: ClassVar[bool] = True
    recommended: ClassVar[Mapping[str, Any]] = GAME
    search: ClassVar[Search] = {
        'weight': Float(1e-4, 1, log=True),
        'combine': Categorical(('soft', 'hard')),
        'gamma': Float(0.1, 100, log=True),
        'hidden': Categorical(([], [100], [500, 500])),
        **CRITIC,
    }
    sees_target = True

    def __init__(
        self,
        *,
        weight: float = 0.01,
        combine: Combine = 'soft',
        gamma: float = 10.0,
        hidden: Sequence[int] = (100,),
        norm: Norm = 'none',
        dropout: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check(
            self.fairness is None,
            f'{type(self).__name__} weighs its sources itself; leave `fairness` out, or take another method',
        )
        check(weight >= 0, f'expected `weight` of at least 0, got {weight}')
        check(combine in get_args(Combine), f'expected `combine` of soft or hard, got {combine!r}')
        check(gamma > 0, f'expected `gamma` above 0, got {gamma}')
        check_layers(hidden, norm, dropout)
        self.weight, self.combine, self.gamma = weight, combine, gamma
        with torch.random.fork_rng(
            devices=[]
        ):  # as in `Network`: a critic must not change what is drawn after it
            torch.default_generator.manual_seed(torch.initial_seed() + 2)
            width = self.network.feature_dim
            self.critics = nn.ModuleList(
                critic(width, hidden, norm, dropout) for _ in range(self.num_sources)
            )

    def task_terms(self, source: View, target: View | None, batch: Batch) -> Losses:
        """Return the task loss and that of the critics, the sources weighted by ``shares``."""
        assert target is not None
        parts = source.by_domain(self.num_sources)
        errors = torch.stack([self.task.loss(each) for each in parts])
        told = torch.stack(
            [self._told(judge, each, target) for judge, each in zip(self.critics, parts, strict=True)]
        )
        shares = self.shares((errors - self.weight * told).detach())
        return {'source': torch.dot(shares, errors), 'domain': torch.dot(shares, told)}

    def _told(self, judge: nn.Module, source: View, target: View) -> Tensor:
        both = torch.cat([source.features, target.features])
        logits = judge(reverse_gradient(both, self.weight))
        return domain_loss(logits[: len(source)], logits[len(source) :])

    def shares(self, bounds: Tensor) -> Tensor:
        """Return how much each source counts.

        Args:
            bounds: Task loss minus ``weight`` times the critic's loss, shape ``(N,)``: large where a source is far.

        Returns:
            Shape ``(N,)``, of sum 1.
        """
        if self.combine == 'hard':
            return torch.zeros_like(bounds).index_fill_(0, bounds.argmax(), 1.0)
        return (self.gamma * bounds).softmax(dim=0)
