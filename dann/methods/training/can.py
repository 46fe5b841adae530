"""Contrastive adaptation: clusters of the whole target pool in turn with class-aware batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.core.batch_norm import BatchNormPolicy
from dann.core.errors import check
from dann.core.schedules import Constant, Schedule
from dann.core.search_space import Float, Int, Search
from dann.core.views import Losses, View
from dann.datasets.loading import Batch
from dann.engine.module import AdaptationModule
from dann.engine.stages import begins_round
from dann.functional.clusters import Clusters, cosine_distance, directions, spherical_clusters
from dann.functional.contrastive import contrastive_discrepancy
from dann.functional.kernels import SCALES, check_kernels
from dann.functional.layers import Layer, activations, check_layers
from dann.methods.training.pseudo_labels import IGNORED, evaluating, pool_size, survey

DOMAINS: tuple[Literal['source', 'target'], ...] = ('source', 'target')


def reliable_labels(clusters: Clusters, *, max_distance: float, min_count: int) -> Tensor:
    r"""Classes of the target samples that are near their cluster's centre, where their class has enough of them.

    .. math:: \{n : d_n < D_0\}, \qquad \{c : |\{n : \hat y_n = c,\ d_n < D_0\}| \ge N_0\}

    Args:
        clusters: Of the whole pool.
        max_distance: ``D0``, in (0, 1]; 1 keeps every sample.
        min_count: ``N0``.

    Returns:
        Shape ``(N,)``; -1 where a sample or its class is left out.

    Reference:
        `Contrastive Adaptation Network for Unsupervised Domain Adaptation <https://arxiv.org/abs/1901.00976>`_,
        section 3.4.
    """
    near = (clusters.distances < max_distance) | (max_distance == 1)
    counts = F.one_hot(clusters.classes[near], len(clusters.centres)).sum(dim=0)
    kept = near & (counts >= min_count)[clusters.classes]
    return clusters.classes.where(kept, IGNORED)


def class_aware_draw(
    source: Tensor, target: Tensor, *, classes: int, samples: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Positions of a class-aware batch: a few samples of each of some classes, the same classes from both domains.

    Only classes with a sample in both domains are drawn, at random and without repetition, as are their samples.

    Args:
        source: Labels of the whole source, shape ``(Ns,)``.
        target: Labels of the whole target pool, shape ``(Nt,)``; -1 for samples that are left out.
        classes: How many classes; all of them where there are fewer.
        samples: How many of each class in each domain; all of them where there are fewer.
        generator: Of the draw, on the CPU.

    Returns:
        Positions in the source, shape ``(Bs,)``, and in the target, shape ``(Bt,)``, sorted by class; both empty
        where no class has a sample in both domains.

    Reference:
        `Contrastive Adaptation Network for Unsupervised Domain Adaptation <https://arxiv.org/abs/1901.00976>`_,
        section 3.5.
    """
    known = target[target >= 0]
    count = int(max(source.max(), known.max())) + 1 if len(known) else 0
    here, there = (torch.bincount(labels, minlength=count) > 0 for labels in (source, known))
    shared = (here & there[: len(here)]).nonzero().flatten() if count else known
    chosen = shared[torch.randperm(len(shared), generator=generator)[:classes]].sort().values
    parts: tuple[list[Tensor], list[Tensor]] = [], []
    for label in chosen:
        for labels, part in zip((source, target), parts, strict=True):
            members = (labels == label).nonzero().flatten()
            part.append(members[torch.randperm(len(members), generator=generator)[:samples]])
    empty = source.new_zeros(0)
    return torch.cat([empty, *parts[0]]), torch.cat([empty, *parts[1]])


def alternation_ends(
    classes: tuple[Tensor, Tensor], centres: tuple[Tensor, Tensor], source: Tensor, tolerance: float
) -> bool:
    r"""Whether clusters stand still: three figures are all below a tolerance.

    They are the share of samples whose cluster is another than before, and the mean distance
    :math:`(1 - \cos) / 2` of each target centre to the one before, and to the source's centre.

    Args:
        classes: Clusters of the pool before and now, each of shape ``(N,)``.
        centres: Of the target before and now, each of shape ``(C, D)``.
        source: Centres of the source's classes now, shape ``(C, D)``; classes with a row of zeros do not count.
        tolerance: At least 0; 0 for never.

    Reference:
        The authors' `code
        <https://github.com/kgl-prml/Contrastive-Adaptation-Network-for-Unsupervised-Domain-Adaptation>`_,
        ``solver/can_solver.py``, where each figure has a threshold of its own, all of them 0.001.
    """
    present = source.any(dim=1)
    moved, apart = (cosine_distance(each, centres[1])[present].mean() for each in (centres[0], source))
    changed = (classes[0] != classes[1]).to(moved.dtype).mean()
    return bool(torch.stack([moved, apart, changed]).max() < tolerance)


class CAN(AdaptationModule):
    r"""Contrastive adaptation: draws classes together across domains and pushes different classes apart.

    .. math:: \ell = \ell_y + \beta \sum_l \mathrm{CDD}_l

    Two things take turns. At each of ``refreshes`` points, at equal distances, the whole target pool is clustered by
    spherical k-means, which starts from the centres of the source's classes over all of its training set. In between,
    every step has a class-aware batch besides the one that trains the classifier: a few samples of each of some
    classes, the same classes from both domains. The contrastive discrepancy is computed on it. Clusters that stand
    still are not found anew.

    A refresh is one pass of both pools through the network, without gradients, and keeps the features of the target's.
    With 5,000 images a domain 50 refreshes pass 500,000, about as much work as 1,000 steps with batches of 64; on
    stored features that is next to nothing. The images of class-aware batches are read in the training's own process.

    Args:
        weight: The paper's beta, at least 0.
        schedule: How it grows with progress; constant in the paper.
        start: Share of the run before the first clusters, which trains on the source, in [0, 1). The paper's 0 suits
            networks that are trained on ImageNet before. One that starts untrained needs more, or does not learn the
            source: the discrepancy, which no permutation of classes changes, is stronger than the task's gradient.
        refreshes: How often the pool is clustered, at least 1: 50 loops in the authors' code.
        classes: Of a class-aware batch, at least 2: 10 in the paper's experiments on Office-31, 6 on VisDA-2017.
        samples: Of each class and domain in it, at least 1: 3 on Office-31, 10 on VisDA-2017.
        max_distance: Target samples this far from their cluster's centre are left out, the paper's D0, in (0, 1]:
            0.05 in its tasks from Amazon; 1 keeps all, as in its other tasks.
        min_count: Classes with fewer target samples than this are left out, the paper's N0.
        tolerance: Below which clusters stand still, see ``alternation_ends``; 0 for never.
        scales: Bandwidths as multiples of the mean squared distance.
        layers: Any of ``features``, ``hidden``, ``logits`` and ``probabilities``; the discrepancy is the sum over them.

    Fails when:
        Clusters do not match classes, as with a strong shift: wrong pairs are then drawn together and right ones
        pushed apart, which later clusters confirm. With ``start`` at 0 and an untrained network it can lock the
        classifier into a wrong permutation of the classes, on the source too.

    Reference:
        `Contrastive Adaptation Network for Unsupervised Domain Adaptation <https://arxiv.org/abs/1901.00976>`_
        (Kang et al., CVPR 2019), eqs. 3-8 and algorithm 1, on features and probabilities as in the authors' code,
        whose values the defaults are, all but ``start``, which is chosen by accuracy on the source. The authors' code
        ends the training where clusters stand still; here the run goes on to its planned end with the last ones. The
        target half of the ordinary batch passes through the network too, for the statistics of batch norm alone. A
        style turns the source half of class-aware batches, not the pool.
    """

    family: ClassVar[str] = 'class-conditional'
    batch_norm_policy: ClassVar[BatchNormPolicy | None] = 'domain_specific'
    sees_target: ClassVar[bool] = True
    search: ClassVar[Search] = {
        'weight': Float(0.03, 3, log=True),
        'start': Float(0.0, 0.5),
        'refreshes': Int(10, 50),
        'samples': Int(3, 10),
        'max_distance': Float(0.05, 1),
        'min_count': Int(1, 3),
        'tolerance': Float(0.0, 0.01),
    }
    clusters: Tensor
    labels: Tensor
    centres: Tensor
    still: Tensor

    def __init__(
        self,
        *,
        weight: float = 0.3,
        schedule: Schedule = Constant(),
        start: float = 0.2,
        refreshes: int = 50,
        classes: int = 10,
        samples: int = 3,
        max_distance: float = 1.0,
        min_count: int = 3,
        tolerance: float = 0.001,
        scales: Sequence[float] = SCALES,
        layers: Sequence[Layer] = ('features', 'probabilities'),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check(0 <= start < 1, f'expected `start` in [0, 1), got {start}')
        check(0 < max_distance <= 1, f'expected `max_distance` in (0, 1], got {max_distance}')
        least = {
            'weight': (weight, 0),
            'refreshes': (refreshes, 1),
            'classes': (classes, 2),
            'samples': (samples, 1),
        }
        for name, (value, low) in {**least, 'min_count': (min_count, 1), 'tolerance': (tolerance, 0)}.items():
            check(value >= low, f'expected `{name}` of at least {low}, got {value}')
        check_kernels(scales)
        self.weight, self.schedule, self.start, self.refreshes = weight, schedule, start, refreshes
        self.classes, self.samples = classes, samples
        self.scales, self.layers = tuple(scales), check_layers(layers)
        self.max_distance, self.min_count, self.tolerance = max_distance, min_count, tolerance
        self.register_buffer('clusters', torch.zeros(0, dtype=torch.long))
        self.register_buffer('labels', torch.zeros(0, dtype=torch.long))
        self.register_buffer('centres', torch.zeros(kwargs['num_classes'], self.network.feature_dim))
        self.register_buffer('still', torch.zeros((), dtype=torch.bool))

    def setup(self, stage: str) -> None:
        """Make room for a cluster and a label a target image; a checkpoint that the run is resumed from comes after."""
        super().setup(stage)
        if stage == 'fit' or len(self.clusters) != pool_size(self):
            self.clusters = self.clusters.new_full((pool_size(self),), IGNORED)
            self.labels = self.clusters.clone()
            self.still.fill_(False)

    def prepare_step(self, batch: Any) -> None:
        """Cluster the pool anew where it is due."""
        first = round(self.start * self._planned)
        after, left = self.taken - first, self._planned - first
        if 0 <= after < left and begins_round(after, left, self.refreshes) and not self.still:
            self.refresh()

    def refresh(self) -> None:
        """Cluster the target pool from the source's class centres, and filter samples and classes."""
        source = self.source_centres()
        found = spherical_clusters(survey(self).features, source)
        if (self.clusters >= 0).all():
            classes, centres = (self.clusters, found.classes), (self.centres, found.centres)
            self.still.fill_(alternation_ends(classes, centres, source, self.tolerance))
        self.clusters, self.centres = found.classes, found.centres
        self.labels = reliable_labels(found, max_distance=self.max_distance, min_count=self.min_count)

    @torch.no_grad()
    def source_centres(self) -> Tensor:
        """Return the centre of each class over all source training images, in evaluation mode, shape ``(C, D)``."""
        labels = self.pair.labels['train'].to(self.device)
        centres, first = torch.zeros_like(self.centres), 0
        with evaluating(self.network):
            for images in self.pair.training_chunks('source'):
                members = F.one_hot(labels[first : first + len(images)], len(centres))
                centres += directions(self.network(images.to(self.device)).features, members)
                first += len(images)
        return centres

    def class_aware_batch(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return source images with their labels, and target images with theirs from the clusters.

        The draw is a function of seed and step, as ordinary batches are.
        """
        generator = torch.Generator().manual_seed((self.pair.seed + 1) * 5_754_853 + self.taken)
        labels = self.pair.labels['train'], self.labels.cpu()
        drawn = class_aware_draw(*labels, classes=self.classes, samples=self.samples, generator=generator)
        source, target = (
            self.pair.drawn(domain, index, generator).to(self.device)
            for domain, index in zip(DOMAINS, drawn, strict=True)
        )
        known, found = (each[index].to(self.device) for each, index in zip(labels, drawn, strict=True))
        return source, known, target, found

    def terms(self, batch: Batch, source: View, target: View | None, progress: float) -> Losses:
        """Return the term ``contrastive``, 0 before the first clusters and where no class is left."""
        if not (self.labels >= 0).any():
            return {'contrastive': source.logits.sum() * 0}
        images, known, unseen, found = self.class_aware_batch()
        if self.style is not None and self.style.on_images and self.backbone.stored is None:
            images = self.style(images, unseen, self.style.strength(progress))
        views = self.network.both(images, known, unseen)
        members = [F.one_hot(each, len(self.centres)) for each in (known, found)]
        with torch.autocast(self.device.type, enabled=False):  # kernels cancel badly in 16 bits
            left, right = (activations(view.full_precision(), self.layers) for view in views)
            values = [
                contrastive_discrepancy(left[name], right[name], *members, scales=self.scales)
                for name in left
            ]
        return {'contrastive': self.weight * self.schedule(progress) * torch.stack(values).sum()}
