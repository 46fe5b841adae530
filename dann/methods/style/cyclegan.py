"""Two generators that are each the inverse of the other, with and without semantic consistency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dann.core.errors import check
from dann.core.recommended import ADAM_IN_PAPER
from dann.core.schedules import Schedule
from dann.core.search_space import Float, Search
from dann.core.views import Losses
from dann.methods.style.learned import Learned
from dann.networks.translators import (
    Classifier,
    ImagePool,
    PatchCritic,
    Translator,
    critic_loss,
    fooling_loss,
    frozen,
)


def distance(images: Tensor, others: Tensor) -> Tensor:
    """Mean absolute difference of images in [0, 1], scaled to [-1, 1], the range of the papers' weights."""
    return 2 * (images - others).abs().mean()


class CycleGAN(Learned):
    r"""CycleGAN: a generator for each direction, a critic for each domain, and a loss on the way there and back.

    .. math:: \mathcal{L} = \mathcal{L}_\text{GAN}(G, D_t) + \mathcal{L}_\text{GAN}(F, D_s)
        + \lambda \bigl(\lVert F(G(x_s)) - x_s \rVert_1 + \lVert G(F(x_t)) - x_t \rVert_1\bigr)
        + \lambda_\text{idt} \bigl(\lVert G(x_t) - x_t \rVert_1 + \lVert F(x_s) - x_s \rVert_1\bigr)

    Critics learn from detached fakes, generators through critics whose parameters are detached, so that the
    sum of all terms under the run's one optimiser gives both their updates, simultaneously.

    Args:
        weight: Blend between the source image (0) and the generated one (1).
        schedule: How the strength grows with progress; ``null`` for ``Delayed(0.5)``, or for ``Constant()`` with
            ``weights``.
        weights: ``weights.pt`` or a checkpoint of an earlier run with this style; ``null`` to train.
        lr_scale: Factor on the learning rate of generators and critics, above 0; 0.2 makes the paper's 0.0002
            of 0.001.
        cycle: Weight of the translation there and back, CycleGAN's lambda, at least 0.
        identity: Weight of the identity terms, at least 0; the paper's is half of ``cycle``, where it has them.
        pool: How many earlier fakes of each domain are kept, to show the critics again.
        width: Channels of generators and critics after their first layer.
        blocks: Residual blocks of the generators.

    Fails when:
        Classes differ in frequency between the domains, or their looks: critics ask for the target's mixture,
        and a generator can turn one class into another and still find the way back. Short runs, too: it is an
        adversarial game between four networks.

    Reference:
        `Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks
        <https://arxiv.org/abs/1703.10593>`_ (Zhu et al., ICCV 2017), eqs. 1-3, sections 4 and 5.2, and the
        authors' code. Least squares and the pool of 50 are theirs; the networks are far smaller, as the images
        are, generators start as the identity and change an image's logits, batches replace single images, and
        the updates are simultaneous, not in turn.
    """

    recommended: ClassVar[Mapping[str, Any]] = ADAM_IN_PAPER
    search: ClassVar[Search] = {
        **Learned.search,
        'cycle': Float(1.0, 30.0, log=True),
        'identity': Float(0.0, 15.0),
    }

    def __init__(
        self,
        weight: float = 1.0,
        schedule: Schedule | None = None,
        weights: str | None = None,
        lr_scale: float = 0.2,
        cycle: float = 10.0,
        identity: float = 5.0,
        pool: int = 50,
        width: int = 16,
        blocks: int = 2,
    ) -> None:
        super().__init__(weight, schedule, weights, lr_scale)
        check(
            min(cycle, identity) >= 0,
            f'expected `cycle` and `identity` of at least 0, got {cycle} and {identity}',
        )
        check(pool >= 0, f'expected `pool` of at least 0, got {pool}')
        self.cycle, self.identity = cycle, identity
        self.pool, self.width, self.blocks = pool, width, blocks

    def make(self, num_classes: int) -> None:
        """Create generators, critics and pools."""
        self.to_target, self.to_source = (Translator(self.width, self.blocks) for _ in range(2))
        self.target_critic, self.source_critic = (PatchCritic(self.width) for _ in range(2))
        self.target_pool, self.source_pool = (ImagePool(self.pool) for _ in range(2))

    def terms(self, source: Tensor, labels: Tensor, target: Tensor) -> Losses:
        """Return the terms of generators and critics."""
        fake_target, same_target = self._both(self.to_target, source, target)
        fake_source, same_source = self._both(self.to_source, target, source)
        back, forth = self.to_source(fake_target), self.to_target(fake_source)
        losses = {
            'style_gan': fooling_loss(self.target_critic, fake_target)
            + fooling_loss(self.source_critic, fake_source),
            'style_cycle': self.cycle * (distance(back, source) + distance(forth, target)),
            'style_identity': self.identity * (distance(same_target, target) + distance(same_source, source)),
            'style_critic': critic_loss(self.target_critic, target, self.target_pool(fake_target))
            + critic_loss(self.source_critic, source, self.source_pool(fake_source)),
        }
        return losses | self.meaning(source, labels, target, fake_source, fake_target)

    def _both(self, generator: Translator, images: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
        made: Tensor = generator(torch.cat([images, others]))
        return made[: len(images)], made[len(images) :]

    def meaning(
        self, source: Tensor, labels: Tensor, target: Tensor, fake_source: Tensor, fake_target: Tensor
    ) -> Losses:
        """Return terms on the content of the images; none in CycleGAN."""
        return {}

    def stylise(self, source: Tensor, partner: Tensor) -> Tensor:
        """Return generated images; the partner is not used."""
        made: Tensor = self.to_target(source)
        return made


class CyCADA(CycleGAN):
    r"""CyCADA: CycleGAN whose images must keep the class that a source classifier sees in them.

    .. math:: \mathcal{L}_\text{sem} = \mathrm{CE}\bigl(f(G(x_s)), \arg\max f(x_s)\bigr)
        + \mathrm{CE}\bigl(f(F(x_t)), \arg\max f(x_t)\bigr)

    The classifier ``f`` is trained by source labels; no semantic term changes it.

    Args:
        lr_scale: Factor on the learning rate of generators and critics, above 0; the classifier learns at the
            full rate.
        semantic: Weight of semantic consistency, at least 0.

    Fails when:
        The source classifier is wrong on target images: what it sees there is what has to be kept. Otherwise
        as CycleGAN.

    Reference:
        `CyCADA: Cycle-Consistent Adversarial Domain Adaptation <https://arxiv.org/abs/1711.03213>`_ (Hoffman et
        al., ICML 2018), eqs. 2-4 and 6. Its feature-level adversary is a separate alignment to combine with
        this style, such as DANN. The paper's classifier is trained before and then fixed; this one is a
        separate small network, trained in the same run, so that the first semantic terms mean little.
    """

    search: ClassVar[Search] = {**CycleGAN.search, 'semantic': Float(0.1, 10, log=True)}
    rows: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        'cycada+dann': {'style': 'CyCADA', 'alignment': 'DANN'},
    }

    def __init__(self, *, semantic: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check(semantic >= 0, f'expected `semantic` of at least 0, got {semantic}')
        self.semantic = semantic

    def make(self, num_classes: int) -> None:
        """Create CycleGAN's networks and the classifier."""
        super().make(num_classes)
        self.classifier = Classifier(num_classes, self.width)

    def scaled(self) -> Iterator[tuple[nn.Parameter, float]]:
        """Let the classifier learn at the full rate."""
        full = set(self.classifier.parameters())
        return ((parameter, 1.0 if parameter in full else scale) for parameter, scale in super().scaled())

    def meaning(
        self, source: Tensor, labels: Tensor, target: Tensor, fake_source: Tensor, fake_target: Tensor
    ) -> Losses:
        """Return the classifier's own loss and semantic consistency."""
        logits = self.classifier(source)
        with torch.no_grad():
            classes = torch.cat([logits, self.classifier(target)]).argmax(dim=1)
        kept = frozen(self.classifier, torch.cat([fake_target, fake_source]))
        left, right = kept[: len(source)], kept[len(source) :]
        consistency = F.cross_entropy(left, classes[: len(source)]) + F.cross_entropy(
            right, classes[len(source) :]
        )
        return {
            'style_semantic': self.semantic * consistency,
            'style_classifier': F.cross_entropy(logits, labels),
        }
