"""Maximum classifier discrepancy."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from dann.core.batch_norm import BatchNormPolicy
from dann.core.errors import check
from dann.core.recommended import GAME
from dann.core.search_space import Float, Int, Search
from dann.core.views import Losses, View
from dann.datasets.loading import Batch
from dann.engine.module import AdaptationModule
from dann.functional.entropies import check_logits
from dann.networks.batch_norm import has_batch_norm
from dann.networks.network import Network


def discrepancy(one: Tensor, other: Tensor) -> Tensor:
    r"""Mean absolute difference of two classifiers' probabilities, over samples and classes.

    .. math:: d(p_1, p_2) = \frac{1}{B C} \sum_{n, c} \lvert p_{1nc} - p_{2nc} \rvert

    Args:
        one: Logits of one classifier, shape ``(B, C)``.
        other: Logits of the other, shape ``(B, C)``.

    Returns:
        A scalar in [0, 2 / C].

    Raises:
        ValueError: Shapes that do not fit.

    Reference:
        `Maximum Classifier Discrepancy <https://arxiv.org/abs/1712.02560>`_, section 3.2.
    """
    check(
        one.ndim == 2 and one.shape == other.shape,
        f'expected two logits of one shape (B, C), got {tuple(one.shape)} and {tuple(other.shape)}; '
        'pass the same batch through both classifiers',
    )
    return (one.softmax(dim=1) - other.softmax(dim=1)).abs().mean()


def class_balance(logits: Tensor) -> Tensor:
    r"""Mean negative logarithm of the batch's mean probabilities: least where all classes are equally frequent.

    .. math:: \ell = -\frac1C \sum_c \log \Bigl( \frac1B \sum_n p_{nc} \Bigr)

    Args:
        logits: Shape ``(B, C)``.

    Returns:
        A scalar of at least log C.

    Raises:
        ValueError: Logits that are not ``(B, C)``.

    Reference:
        The VisDA code of the authors of `Maximum Classifier Discrepancy <https://arxiv.org/abs/1712.02560>`_;
        there with a constant inside the logarithm, for which a log-sum-exp stands here.
    """
    check_logits(logits)
    return -(logits.log_softmax(dim=1).logsumexp(dim=0) - torch.tensor(len(logits)).log()).mean()


def fresh(head: nn.Module) -> nn.Module:
    """Return a copy of a classifier with newly drawn weights."""
    copy = deepcopy(head)
    for layer in copy.modules():
        if isinstance(layer, nn.Linear):
            layer.reset_parameters()
    return copy


class TwoHeads(Network):
    """A network with a second classifier on the same features; its logits are the mean of both.

    It shares all modules with ``network`` and adds none.

    Args:
        network: Backbone, bottleneck and first classifier.
        second: Features to logits.
    """

    def __init__(self, network: Network, second: nn.Module) -> None:
        nn.Module.__init__(self)
        self.feature_dim, self.batch_norm = network.feature_dim, network.batch_norm
        self.backbone, self.scaling = network.backbone, network.scaling
        self.bottleneck, self.head = network.bottleneck, network.head
        self.second = second

    def classify(self, features: Tensor, labels: Tensor | None = None) -> View:
        """Return the view of features, with mean logits."""
        first = super().classify(features, labels)
        return replace(first, logits=(first.logits + self.second(features)) / 2)


class MCD(AdaptationModule):
    """Maximum classifier discrepancy: two classifiers disagree on the target as far as they can.

    Every batch is used for three kinds of steps, with one optimiser for both classifiers and one for all else:

    1. all: the task loss of both classifiers, and what alignment and style add;
    2. classifiers: the task loss minus their ``discrepancy`` on the target;
    3. features, ``steps`` times: the discrepancy.

    Args:
        steps: Feature steps a batch, at least 1.
        balance: Weight of the class balance of target predictions in the first two steps, at least 0; 0 in the
            paper, 0.01 in its authors' VisDA code.

    Fails when:
        Both classifiers agree on a wrong class, as nothing then pulls the sample back; or when feature steps
        outrun the classifiers, so that the discrepancy is 0 before it has found anything.

    Reference:
        `Maximum Classifier Discrepancy for Unsupervised Domain Adaptation <https://arxiv.org/abs/1712.02560>`_
        (Saito et al., CVPR 2018), sections 3.2 and 3.3. The mean of both logits is evaluated: its classes
        are those of the sum in the authors' code, and its probabilities are no more certain than the
        classifiers'. The paper compares ``steps`` of 2 to 4.
    """

    family = 'adversarial'
    batch_norm_policy: ClassVar[BatchNormPolicy | None] = 'separate'
    recommended: ClassVar[Mapping[str, Any]] = GAME
    search: ClassVar[Search] = {'steps': Int(1, 4), 'balance': Float(0, 0.1)}
    sees_target = True

    def __init__(self, *, steps: int = 4, balance: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check(steps > 0, f'expected `steps` of at least 1, got {steps}')
        check(balance >= 0, f'expected `balance` of at least 0, got {balance}')
        self.steps, self.balance = steps, balance
        self.second = fresh(self.network.head)
        self.automatic_optimization = False

    @property
    def current(self) -> Network:
        """The network with the mean of both classifiers."""
        return TwoHeads(self.network, self.second)

    def configure_optimizers(self) -> Any:
        """Return an optimiser of features and all else, and one of both classifiers."""
        heads = {
            id(parameter) for head in (self.network.head, self.second) for parameter in head.parameters()
        }
        return [self.annealed(select(self.parameter_groups(), heads, inside=side)) for side in (False, True)]

    def training_step(self, batch: Batch, batch_idx: int) -> None:
        """Take the three kinds of steps."""
        optimizers: Any = self.optimizers()
        features, classifiers = optimizers
        losses = self.losses(batch, self.progress)
        self.descend(losses, features, classifiers)
        self.descend(self._apart(batch), classifiers)
        for _ in range(self.steps):
            last = {'discrepancy': self._gap(self._unseen(batch))}
            self.descend(last, features)
        self.step_schedules()
        self.record(losses | last, batch_idx)

    def _unseen(self, batch: Batch) -> View:
        """Return the target's view, normalised as in the other steps."""
        (images, labels), target = batch['source'], batch['target']
        if self.network.batch_norm == 'joint' and has_batch_norm(self.network):
            return self.network.both(restyled(self, images, target), labels, target)[1]
        view: View = self.network(target, domain='target')
        return view

    def terms(self, batch: Batch, source: View, target: View | None, progress: float) -> Losses:
        """Return the task loss of the second classifier, and the class balance where asked for."""
        assert target is not None
        losses = {'second': self.task.loss(replace(source, logits=self.second(source.features)))}
        if 'shots' in batch:
            view = self._shots(batch)
            losses['second_shots'] = self.task.loss(replace(view, logits=self.second(view.features)))
        return losses | self._balances(target)

    def _shots(self, batch: Batch) -> View:
        images, labels = batch['shots']
        view: View = self.network(images, labels, domain=self.deployed)
        return view

    def _apart(self, batch: Batch) -> Losses:
        """Return the terms of the second step; no gradient reaches the features."""
        (images, labels), target = batch['source'], batch['target']
        images = restyled(self, images, target)
        seen, unseen = self.network.both(images, labels, target)
        source = self.network.classify(seen.features.detach(), labels)
        target_view = self.network.classify(unseen.features.detach())
        losses = {'source': self.task.loss(source), 'discrepancy': -self._gap(target_view)}
        if 'shots' in batch:
            losses['shots'] = self.task.loss(self._shots(batch))
        return losses | self.terms(batch, source, target_view, self.progress)

    def _gap(self, view: View) -> Tensor:
        return discrepancy(view.logits, self.second(view.features))

    def _balances(self, view: View) -> Losses:
        if not self.balance:
            return {}
        both = class_balance(view.logits) + class_balance(self.second(view.features))
        return {'balance': self.balance * both}


def select(groups: list[dict[str, Any]], chosen: set[int], *, inside: bool) -> list[dict[str, Any]]:
    """Return the groups with only the parameters whose identity is among ``chosen``, or only the others."""
    kept = [
        group | {'params': [each for each in group['params'] if (id(each) in chosen) is inside]}
        for group in groups
    ]
    return [group for group in kept if group['params']]


def restyled(module: AdaptationModule, images: Tensor, target: Tensor) -> Tensor:
    """Return source images in the target's style once more, where the style is one of images and not yet applied."""
    if module.style is None or not module.style.on_images or module.backbone.stored is not None:
        return images
    styled: Tensor = module.style(images, target, module.style.strength(module.progress))
    return styled
