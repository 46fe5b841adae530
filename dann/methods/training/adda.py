"""Adversarial discriminative domain adaptation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.core.errors import check
from dann.core.recommended import ADAM_IN_PAPER
from dann.core.search_space import Categorical, Float, Search
from dann.core.views import Losses
from dann.datasets.loading import Batch
from dann.engine.module import AdaptationModule
from dann.methods.alignment.dann import CRITIC, domain_loss
from dann.methods.training.mcd import restyled, select
from dann.networks.heads import Norm, check_layers, critic
from dann.networks.network import Network


def inverted_loss(target_logits: Tensor) -> Tensor:
    r"""Cross-entropy of the critic under swapped labels: least where it takes target samples for source ones.

    .. math:: \ell = -\mathbb{E}_t \log \sigma(d_t)

    Where the critic is certain its gradient does not vanish, as that of the reversed loss does.

    Args:
        target_logits: Critic's logits of being source, shape ``(Bt,)``.

    Returns:
        A scalar of at least 0; log 2 at chance.

    Reference:
        `Adversarial Discriminative Domain Adaptation <https://arxiv.org/abs/1702.05464>`_, eq. 9, third line.
    """
    return F.softplus(-target_logits).mean()


class ADDA(AdaptationModule):
    """Adversarial discriminative adaptation: a target encoder imitates the source encoder's features.

    The first stage trains a network on the source. In the second, a copy of its encoder is trained on target
    images until a critic cannot tell its features from those of the original on source images; the original and
    the classifier stay as they are. The copy with that classifier is evaluated.

    Args:
        source_share: Of the run that the first stage gets, between 0 and 1.
        hidden: Hidden layers of the critic.
        norm: In front of every ReLU of the critic: ``none``, ``batch`` or ``layer``.
        dropout: Share of the outputs of the critic's hidden layers that is set to 0 in training.
        adversarial_lr_scale: Factor on the learning rate of target encoder and critic, above 0.

    Fails when:
        The critic wins from the start, or the encoder matches the source's features with classes exchanged,
        which nothing forbids: accuracy may then fall below source-only with every step of the second stage.

    Reference:
        `Adversarial Discriminative Domain Adaptation <https://arxiv.org/abs/1702.05464>`_
        (Tzeng et al., CVPR 2017), eq. 9 and section 5.1. Both stages share one run, each with optimisers and the whole
        learning rate schedule of its own. The rate is scaled as in the authors' code for digits, where it is 1e-3 for
        the first stage and 2e-4 for the second. The critic's loss is halved, as there. An alignment or a style joins
        the first stage.
    """

    family = 'adversarial'
    recommended: ClassVar[Mapping[str, Any]] = ADAM_IN_PAPER
    search: ClassVar[Search] = {
        'source_share': Float(0.25, 0.75),
        'hidden': Categorical(([500, 500], [100], [1024, 1024])),
        **CRITIC,
        'adversarial_lr_scale': Float(0.01, 1, log=True),
    }
    adapting: Tensor

    def __init__(
        self,
        *,
        source_share: float = 0.5,
        hidden: Sequence[int] = (500, 500),
        norm: Norm = 'none',
        dropout: float = 0.0,
        adversarial_lr_scale: float = 0.2,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check(0 < source_share < 1, f'expected `source_share` between 0 and 1, got {source_share}')
        check(
            adversarial_lr_scale > 0, f'expected `adversarial_lr_scale` above 0, got {adversarial_lr_scale}'
        )
        check_layers(hidden, norm, dropout)
        # not `source_share`, which would stop the delivery of source images: the critic needs them
        self.first_stage, self.adversarial_lr_scale = source_share, adversarial_lr_scale
        # a frozen backbone is the same for both, with the features that are stored of it
        shared = {id(self.backbone): self.backbone} if self._backbone_stays else {}
        self.adapted = deepcopy(self.network, shared)
        self.adapted.head.requires_grad_(False)
        self.norm, self.critic = norm, critic(self.network.feature_dim, hidden, norm, dropout)
        self.register_buffer('adapting', torch.tensor(False))
        self.automatic_optimization = False

    @property
    def current(self) -> Network:
        """The network on the source in the first stage, the one with the target encoder in the second."""
        return self.adapted if self.adapting else self.network

    def stage_begins(self, planned: int) -> int:
        """Return the first step on target images; source images go on, for the critic."""
        return round(self.first_stage * planned)

    def configure_optimizers(self) -> Any:
        """Return an optimiser each of the first stage, the target encoder and the critic."""
        scale = self.adversarial_lr_scale
        second = {id(each) for part in (self.adapted, self.critic) for each in part.parameters()}
        encoder = [
            {'params': list(self.adapted.backbone.parameters()), 'lr_scale': scale * self.backbone_lr_scale},
            {'params': list(self.adapted.bottleneck.parameters()), 'lr_scale': scale},
        ]
        return [
            self.annealed(select(self.parameter_groups(), second, inside=False)),
            self.annealed([group for group in encoder if group['params']]),
            self.annealed([{'params': list(self.critic.parameters()), 'lr_scale': scale}]),
        ]

    def training_step(self, batch: Batch, batch_idx: int) -> None:
        """Take a step on the source, or one of the critic and one of the target encoder."""
        optimizers: Any = self.optimizers()
        source, encoder, critic_ = optimizers
        begins = self.stage_begins(self._planned)
        if self.taken < begins:
            losses = self.losses(batch, self.progress)
            # the others have no gradient and stay; torch warns where a schedule moves on before its optimiser
            self.descend(losses, source, encoder, critic_)
        else:
            if self.taken == begins:
                self.adapted.load_state_dict(self.network.state_dict())
                self.adapting.fill_(True)
            losses = self._confuse(batch, encoder, critic_)
        self.step_schedules()
        self.record(losses, batch_idx)

    def _confuse(self, batch: Batch, encoder: Any, critic_: Any) -> Losses:
        """Take a step of the critic, then one of the target encoder against it."""
        (images, _), target = batch['source'], batch['target']
        with torch.no_grad():
            fixed = self.network.eval()(restyled(self, images, target)).features
        features = self.adapted(target, domain=self.deployed).features
        apart = {'critic': domain_loss(*self._scores(fixed, features.detach()))}
        self.descend(apart, critic_)
        # autocast would go on with the critic's weights as they were before the step
        torch.clear_autocast_cache()
        losses = {'encoder': inverted_loss(self._scores(fixed, features)[1])}
        if 'shots' in batch:
            shots, labels = batch['shots']
            losses['shots'] = self.task.loss(self.adapted(shots, labels, domain=self.deployed))
        self.descend(losses, encoder)
        return apart | losses

    def _scores(self, source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Return the critic's logits of both domains, normalised together where the critic normalises batches."""
        if self.norm != 'batch':
            return self.critic(source), self.critic(target)
        seen, unseen = self.critic(torch.cat([source, target])).split([len(source), len(target)])
        return seen, unseen
