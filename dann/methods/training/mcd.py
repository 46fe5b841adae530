"""Maximum classifier discrepancy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from dann.core.batch_norm import BatchNormPolicy
from dann.core.errors import check
from dann.core.recommended import GAME
from dann.core.search_space import Categorical, Float, Int, Search
from dann.core.views import Losses, View
from dann.datasets.loading import Batch
from dann.engine.module import AdaptationModule
from dann.functional.entropies import check_logits
from dann.methods.alignment.dann import CRITIC
from dann.networks.batch_norm import Domain, has_batch_norm, set_domain, split_batch_norm
from dann.networks.heads import Norm, check_layers, classifier
from dann.networks.network import Network

SECOND = 'second'  # where a view keeps the logits of the second classifier


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
    """A network with a second classifier on the same features, whose logits are ``View.extra['second']``.

    It shares all modules with ``network``. Both classifiers see one batch at a time, so that they are normalised alike.

    Args:
        network: Backbone, bottleneck and first classifier.
        second: Features to logits.
    """

    def __init__(self, network: Network, second: nn.Module) -> None:
        share(network, self)
        self.second = second

    def classify(self, features: Tensor, labels: Tensor | None = None) -> View:
        """Return the view of features: the logits are those of the first classifier."""
        return replace(super().classify(features, labels), extra={SECOND: self.second(features)})


class MeanOfHeads(TwoHeads):
    """The same network as a single classifier: its logits are the mean of both.

    Args:
        network: It shares all modules with this one.
    """

    def __init__(self, network: TwoHeads) -> None:
        super().__init__(network, network.second)

    def classify(self, features: Tensor, labels: Tensor | None = None) -> View:
        """Return the view of features, with mean logits."""
        view = super().classify(features, labels)
        return replace(view, logits=(view.logits + view.extra[SECOND]) / 2, extra={})


def share(network: Network, other: Network) -> None:
    """Initialise ``other`` with the options and modules of a network."""
    nn.Module.__init__(other)
    for name, option in vars(network).items():
        if name not in vars(other):
            setattr(other, name, option)
    for name, module in network.named_children():
        setattr(other, name, module)


class MCD(AdaptationModule):
    r"""Maximum classifier discrepancy: two classifiers disagree on the target as far as they can.

    Every batch is used for three kinds of steps, with one optimiser for both classifiers and one for all else:

    1. all: the task loss of both classifiers, and what alignment and style add;
    2. classifiers: the task loss minus ``weight`` times their ``discrepancy`` on the target;
    3. features, ``steps`` times: ``weight`` times the discrepancy.

    Args:
        steps: Feature steps a batch, at least 1.
        weight: Factor on the discrepancy, at least 0; 1 in the paper. The discrepancy is a mean over classes, so that
            its gradient shrinks as one over their number: TLLib's scripts take 10 for the 31 classes of Office-31, 30
            for the 65 of Office-Home and 120 for the 345 of DomainNet.
        balance: Weight of the class balance of target predictions in the first two steps, at least 0; 0 in the
            paper, 0.01 in its authors' VisDA code.
        hidden: Hidden layers of both classifiers, whatever the ``head`` of other methods. ``null`` takes that head
            with its dropout; where it is linear there is little for the two to disagree about.
        norm: In front of every ReLU of both classifiers: ``none``, ``batch`` or ``layer``.
        dropout: Share of what each linear layer of the classifiers sees, the features included, that is set to 0 in
            training, drawn for each of the two.

    Fails when:
        Both classifiers agree on a wrong class, as nothing then pulls the sample back; when they are linear; or when
        feature steps outrun the classifiers, so that the discrepancy is 0 before it has found anything.

    Reference:
        `Maximum Classifier Discrepancy for Unsupervised Domain Adaptation <https://arxiv.org/abs/1712.02560>`_
        (Saito et al., CVPR 2018), sections 3.2 and 3.3. The classifiers are those of the authors' code for MNIST and
        USPS: three linear layers, two hidden ones of 100, batch norm, dropout of 0.5; the code trains them with Adam,
        learning rate 2e-4, weight decay 5e-4, on the flattened output of the convolutions (``bottleneck: null``). The
        mean of both logits is evaluated: its classes are those of the sum in the authors' code, and its probabilities
        are no more certain than the classifiers'. The paper compares ``steps`` of 2 to 4.
    """

    family = 'adversarial'
    batch_norm_policy: ClassVar[BatchNormPolicy | None] = 'separate'
    recommended: ClassVar[Mapping[str, Any]] = GAME
    search: ClassVar[Search] = {
        'steps': Int(1, 4),
        'weight': Float(0.1, 30, log=True),
        'balance': Float(0, 0.1),
        'hidden': Categorical(([100, 100], [500], [1024])),
        **CRITIC,
    }
    sees_target = True
    network: TwoHeads

    def __init__(
        self,
        *,
        steps: int = 4,
        weight: float = 1.0,
        balance: float = 0.0,
        hidden: Sequence[int] | None = (100, 100),
        norm: Norm = 'batch',
        dropout: float = 0.5,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check(steps > 0, f'expected `steps` of at least 1, got {steps}')
        check(weight >= 0, f'expected `weight` of at least 0, got {weight}')
        check(balance >= 0, f'expected `balance` of at least 0, got {balance}')
        check_layers(hidden or (), norm, dropout)
        self.steps, self.weight, self.balance = steps, weight, balance
        # as in `Network`: an alignment must not change where the classifiers start; and not what `Network` drew
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(torch.initial_seed() + 2)
            if hidden is not None:
                self._replace_head(hidden, norm, dropout)
            self.network = TwoHeads(self.network, fresh(self.network.head))
        self.automatic_optimization = False

    def _replace_head(self, hidden: Sequence[int], norm: Norm, dropout: float) -> None:
        network: Network = self.network
        last = network.head[-1]
        assert isinstance(last, nn.Linear)
        network.head = classifier(network.feature_dim, hidden, last.out_features, norm, dropout)
        if network.batch_norm == 'domain_specific':
            split_batch_norm(network.head)

    @property
    def second(self) -> nn.Module:
        """The second classifier."""
        return self.network.second

    @property
    def current(self) -> Network:
        """The network with the mean of both classifiers."""
        return MeanOfHeads(self.network)

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
        if self._joint:
            return self.network.both(restyled(self, images, target), labels, target)[1]
        view: View = self.network(target, domain='target')
        return view

    @property
    def _joint(self) -> bool:
        return self.network.batch_norm == 'joint' and has_batch_norm(self.network)

    def terms(self, batch: Batch, source: View, target: View | None, progress: float) -> Losses:
        """Return the task loss of the second classifier, and the class balance where asked for."""
        assert target is not None
        losses = {'second': self.source_loss(other(source), batch)}
        if 'shots' in batch:
            losses['second_shots'] = self.task.loss(other(self._shots(batch)))
        return losses | self._balances(target)

    def _shots(self, batch: Batch) -> View:
        images, labels = batch['shots']
        view: View = self.network(images, labels, domain=self.deployed)
        return view

    def _apart(self, batch: Batch) -> Losses:
        """Return the terms of the second step; no gradient reaches the features."""
        (images, labels), target = batch['source'], batch['target']
        images = restyled(self, images, target)
        seen, unseen = self._classified(*self.network.both(images, labels, target))
        losses = {'source': self.source_loss(seen, batch), 'discrepancy': -self._gap(unseen)}
        if 'shots' in batch:
            losses['shots'] = self.task.loss(self._shots(batch))
        return losses | self.terms(batch, seen, unseen, self.progress)

    def _classified(self, source: View, target: View) -> tuple[View, View]:
        """Return what the classifiers say to the features of both domains, normalised as these were."""
        if self._joint:
            both = self.network.classify(torch.cat([source.features, target.features]).detach())
            return replace(both[: len(source)], labels=source.labels), both[len(source) :]
        return self._of('source', source), self._of('target', target)

    def _of(self, domain: Domain, view: View) -> View:
        set_domain(self.network, domain)
        return self.network.classify(view.features.detach(), view.labels)

    def _gap(self, view: View) -> Tensor:
        return self.weight * discrepancy(view.logits, view.extra[SECOND])

    def _balances(self, view: View) -> Losses:
        if not self.balance:
            return {}
        both = class_balance(view.logits) + class_balance(view.extra[SECOND])
        return {'balance': self.balance * both}


def other(view: View) -> View:
    """Return what the second classifier says to the same features."""
    return replace(view, logits=view.extra[SECOND])


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
