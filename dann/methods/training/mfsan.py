"""A branch of the network for every source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from dann.core.errors import check
from dann.core.schedules import Schedule, Sigmoid
from dann.core.search_space import Float, Search
from dann.core.views import Losses, View
from dann.datasets.loading import Batch
from dann.engine.module import AdaptationModule
from dann.functional.kernels import SCALES, check_kernels
from dann.functional.mmd import mmd
from dann.methods.training.mcd import discrepancy, fresh, share
from dann.networks.batch_norm import Domain, set_domain
from dann.networks.network import Network

FEATURES, LOGITS = 'branch_features', 'branch_logits'  # where a view keeps what each branch sees and says


class Branches(Network):
    """A network with a bottleneck and a classifier for each source, all on one backbone.

    A view's features are the mean over the branches, its logits the logarithm of their mean probabilities; what each
    branch sees and says is in ``View.extra``, of shapes ``(B, N, D)`` and ``(B, N, C)``.

    Args:
        network: Backbone and first branch; it shares all modules with this one.
        count: Branches, N.
    """

    def __init__(self, network: Network, count: int) -> None:
        share(network, self)
        branches = [nn.ModuleList([network.bottleneck, network.head])]
        branches += [nn.ModuleList(fresh(part) for part in branches[0]) for _ in range(count - 1)]
        self.branches = nn.ModuleList(branches)

    def forward(self, images: Tensor, labels: Tensor | None = None, *, domain: Domain = 'source') -> View:
        """Return the view of images ``(B, C, H, W)`` in [0, 1]."""
        if self.batch_norm == 'domain_specific':
            set_domain(self, domain)
        seen = self.scaling(self.backbone(images))
        features, logits = list[Tensor](), list[Tensor]()
        for branch in self.branches:
            assert isinstance(branch, nn.ModuleList)
            features.append(branch[0](seen))
            logits.append(branch[1](features[-1]))
        found = {FEATURES: torch.stack(features, dim=1), LOGITS: torch.stack(logits, dim=1)}
        mean = found[LOGITS].log_softmax(dim=2).logsumexp(dim=1) - torch.tensor(len(logits)).log()
        return View(found[FEATURES].mean(dim=1), mean, labels, extra=found)


class MeanOfBranches(Branches):
    """The same network as a single one, whose views keep nothing of the branches.

    Args:
        network: It shares all modules with this one.
    """

    def __init__(self, network: Branches) -> None:
        share(network, self)
        self.branches = network.branches

    def forward(self, images: Tensor, labels: Tensor | None = None, *, domain: Domain = 'source') -> View:
        """Return the view of images, without what each branch says."""
        return replace(super().forward(images, labels, domain=domain), extra={})


class MFSAN(AdaptationModule):
    r"""Multiple feature spaces: each source has a branch that is aligned with the target, and all branches agree on it.

    .. math:: \sum_j \epsilon_j + \lambda \Bigl( \frac1N \sum_j \mathrm{MMD}^2(H_j(S_j), H_j(T))
        + \tfrac{2}{N (N - 1)} \sum_{i < j} \mathbb E_T \lvert p_i - p_j \rvert \Bigr)

    with the task loss :math:`\epsilon_j` of branch j on source j, its features :math:`H_j`, and its probabilities
    :math:`p_j`. The mean of the branches' probabilities is evaluated and deployed.

    Args:
        weight: Highest :math:`\lambda`, at least 0.
        schedule: Ramp of :math:`\lambda` over the run.
        scales: Multiples of the bandwidth, one Gaussian kernel each.

    Fails when:
        The sources are so many that a batch has few samples of each: MMD of four samples is noise. Without a
        bottleneck all branches see the same features, and only the classifiers differ.

    Reference:
        `Aligning Domain-specific Distribution and Classifier for Cross-domain Classification from Multiple Sources
        <https://arxiv.org/abs/2201.01003>`_ (Zhu et al., AAAI 2019), section 3. The branches are a bottleneck and a
        classifier, in the paper three convolutions, pooling and a linear classifier. One batch of the target serves
        all branches, where the authors' code draws one for each; that code compares the branches' *features* under a
        softmax, the paper and this their probabilities. MMD is the biased estimate, as there.
    """

    family = 'mmd'
    many_sources: ClassVar[bool] = True
    search: ClassVar[Search] = {'weight': Float(0.01, 10, log=True)}
    sees_target = True
    network: Branches

    def __init__(
        self,
        *,
        weight: float = 1.0,
        schedule: Schedule = Sigmoid(gamma=10.0),
        scales: Sequence[float] = SCALES,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check(
            self.fairness is None,
            f'{type(self).__name__} weighs its sources itself; leave `fairness` out, or take another method',
        )
        check(weight >= 0, f'expected `weight` of at least 0, got {weight}')
        check_kernels(scales, 'mean')
        self.weight, self.schedule, self.scales = weight, schedule, tuple(scales)
        with torch.random.fork_rng(
            devices=[]
        ):  # as in `Network`: more branches change nothing drawn after them
            torch.default_generator.manual_seed(torch.initial_seed() + 2)
            self.network = Branches(self.network, self.num_sources)

    @property
    def current(self) -> Network:
        """The network with the mean of all branches."""
        return MeanOfBranches(self.network)

    def task_terms(self, source: View, target: View | None, batch: Batch) -> Losses:
        """Return the sum over the sources of the task loss of their branches."""
        parts = source.by_domain(self.num_sources)
        own = [replace(each, logits=each.extra[LOGITS][:, number]) for number, each in enumerate(parts)]
        return {'source': torch.stack([self.task.loss(each) for each in own]).sum()}

    def terms(self, batch: Batch, source: View, target: View | None, progress: float) -> Losses:
        """Return the branches' distances from the target, and their disagreement on it."""
        assert target is not None
        strength = self.weight * self.schedule(progress)
        seen = [
            each.extra[FEATURES][:, number] for number, each in enumerate(source.by_domain(self.num_sources))
        ]
        aimed = target.extra[FEATURES].unbind(dim=1)
        apart = [
            mmd(one, other, scales=self.scales, estimator='biased')
            for one, other in zip(seen, aimed, strict=True)
        ]
        found = {'mmd': strength * torch.stack(apart).mean()}
        pairs = [discrepancy(*two) for two in combinations(target.extra[LOGITS].unbind(dim=1), 2)]
        return found | ({'disagreement': strength * torch.stack(pairs).mean()} if pairs else {})
