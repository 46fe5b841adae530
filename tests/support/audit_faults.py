"""Methods with one fault each, as a third party might write them."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dann.core.alignment import Alignment
from dann.core.style import Style
from dann.core.views import Losses, View
from dann.datasets.loading import Batch
from dann.engine.module import AdaptationModule
from dann.methods.alignment.coral import coral
from dann.methods.alignment.dann import DANN, domain_loss


class LeakedLabels(AdaptationModule):
    """Looks up target labels behind the framework's back, and calls it a pseudo-label."""

    family: ClassVar[str] = 'self-training'
    sees_target = True

    def terms(self, batch: Batch, source: View, target: View | None, progress: float) -> Losses:
        assert target is not None
        domain = self.pair.target
        labels = domain.labels('train')[self.pair.pool_order[batch['target_index']]]
        return {'pseudo': 0.1 * F.cross_entropy(target.logits, labels)}


class LeakedGroups(AdaptationModule):
    """Looks up which group each target image belongs to, and brings every group to a class of its own."""

    family: ClassVar[str] = 'self-training'
    sees_target = True

    def terms(self, batch: Batch, source: View, target: View | None, progress: float) -> Losses:
        assert target is not None
        groups = self.pair.target.groups('train')[self.pair.pool_order[batch['target_index']]]
        return {'pseudo': 0.1 * F.cross_entropy(target.logits, groups)}


class DeadCritic(Alignment):
    """A critic of one logit, behind a softmax, which is 1 whatever it says."""

    family: ClassVar[str] = 'adversarial'

    def build(self, feature_dim: int, num_classes: int) -> None:
        self.critic = nn.Linear(feature_dim, 1)

    def forward(self, source: View, target: View, strength: float) -> Losses:
        said = self.critic(torch.cat([source.features, target.features])).softmax(dim=1)[:, 0]
        truth = torch.cat([torch.ones(len(source)), torch.zeros(len(target))]).to(said)
        return {'domain': strength * F.mse_loss(said, truth)}


class DrivenApart(Alignment):
    """CORAL under the wrong sign."""

    family: ClassVar[str] = 'moments'

    def forward(self, source: View, target: View, strength: float) -> Losses:
        return {'apart': -strength * coral(source.features, target.features)}


class AwayFromTheTarget(Style):
    """Moves source images away from the mean colour of the target by as much as they differ."""

    def stylise(self, source: Tensor, target: Tensor) -> Tensor:
        apart = source.mean(dim=(2, 3), keepdim=True) - target.mean(dim=(2, 3), keepdim=True)
        return source + apart


class NotReversed(DANN):
    """A critic whose gradient makes the features help it."""

    def forward(self, source: View, target: View, strength: float) -> Losses:
        logits = self.critic(torch.cat([source.features, target.features]))
        return {'domain': domain_loss(logits[: len(source)], logits[len(source) :])}


class IgnoredTarget(Alignment):
    """Aligns one half of the source batch with the other."""

    def forward(self, source: View, target: View, strength: float) -> Losses:
        half = len(source) // 2
        return {'gap': strength * (source.features[:half].mean(0) - source.features[half:].mean(0)).norm()}


class HiddenCounter(Alignment):
    """Ramps up by a count of its own calls, which no checkpoint holds."""

    def __init__(self, weight: float = 1.0) -> None:
        super().__init__(weight)
        self.calls = 0

    def forward(self, source: View, target: View, strength: float) -> Losses:
        self.calls += 1
        return {'gap': self.calls / 10 * (source.features.mean(0) - target.features.mean(0)).square().sum()}


class Uncertain(Alignment):
    """Entropy under the wrong sign, so that predictions become vague."""

    family: ClassVar[str] = 'output'

    def forward(self, source: View, target: View, strength: float) -> Losses:
        p = target.probabilities
        return {'vague': strength * (p * p.clamp(min=1e-8).log()).sum(dim=1).mean()}


class Sound(Alignment):
    """The distance of the means, and nothing wrong with it."""

    def forward(self, source: View, target: View, strength: float) -> Losses:
        return {'gap': strength * (source.features.mean(0) - target.features.mean(0)).square().sum()}


class NotANumber(Alignment):
    """Divides nothing by nothing at the last steps."""

    def forward(self, source: View, target: View, strength: float) -> Losses:
        gap: Tensor = (source.features.mean(0) - target.features.mean(0)).square().sum()
        return {'gap': gap * 0 / 0}


class Unseeded(Alignment):
    """Draws from a generator that nobody seeds."""

    def __init__(self, weight: float = 1.0) -> None:
        super().__init__(weight)
        self.generator: Any = None

    def forward(self, source: View, target: View, strength: float) -> Losses:
        generator = torch.Generator()
        generator.seed()
        noise = torch.rand((), generator=generator)
        return {'gap': noise * (source.features.mean(0) - target.features.mean(0)).square().sum()}
