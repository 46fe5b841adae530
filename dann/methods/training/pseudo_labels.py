"""Pseudo-labels of the whole target pool, balanced over classes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dann.core.errors import check
from dann.core.search_space import Float, Int, Search
from dann.core.views import Losses, View
from dann.datasets.loading import Batch
from dann.datasets.pair import DomainPair
from dann.engine.module import AdaptationModule
from dann.engine.stages import begins_round

IGNORED = -1


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Put a network into evaluation mode, and every part of it back into its own afterwards."""
    modes = [(each, each.training) for each in network.modules()]
    network.eval()
    try:
        yield
    finally:
        for each, training in modes:
            each.training = training


@torch.no_grad()
def survey(module: AdaptationModule) -> View:
    """Return what the network sees of all target training images, in evaluation mode, by ``target_index``."""
    with evaluating(module.network):
        return View.concatenate([module.network(images, domain=module.deployed) for images in module.pool()])


def pool_size(module: AdaptationModule) -> int:
    """Return how many images ``survey`` sees: 0 where the trainer has no datamodule to ask."""
    data = getattr(module.trainer, 'datamodule', None)
    return len(data.pool_order) if isinstance(data, DomainPair) else 0


def class_thresholds(probabilities: Tensor, portion: float) -> Tensor:
    r"""The confidence that the given portion of the samples predicted as each class reach.

    .. math:: e^{-k_c} = \text{the } \max(1, \lfloor p\,N_c \rfloor)\text{-th highest of }
        \{\max_{c'} p_{nc'} : \hat y_n = c\}

    Args:
        probabilities: Of the whole pool, shape ``(N, C)``.
        portion: In [0, 1].

    Returns:
        Shape ``(C,)``, in (0, 1]; 1 for a class that is never predicted.

    Reference:
        `Class-Balanced Self-Training <https://arxiv.org/abs/1810.07911>`_, algorithm 2. There a class of which the
        portion is less than one sample gives none.
    """
    confidence, predictions = probabilities.max(dim=1)
    counts = F.one_hot(predictions, probabilities.shape[1]).sum(dim=0)
    order = confidence.argsort(descending=True, stable=True)
    order = order[predictions[order].argsort(stable=True)]
    kept = (portion * counts).floor().long().clamp(min=1)
    last = (counts.cumsum(dim=0) - counts + kept - 1).clamp(max=len(order) - 1)
    return torch.where(counts > 0, confidence[order[last]], torch.ones_like(confidence[:1]))


def balanced_labels(probabilities: Tensor, thresholds: Tensor) -> Tensor:
    r"""The class whose probability is highest relative to its threshold, where it reaches it.

    .. math:: \hat y_n = \arg\max_c \frac{p_{nc}}{e^{-k_c}} \quad\text{if}\quad \max_c \frac{p_{nc}}{e^{-k_c}} \ge 1

    Args:
        probabilities: Shape ``(N, C)``.
        thresholds: Shape ``(C,)``, above 0.

    Returns:
        Shape ``(N,)``; -1 where no class reaches its threshold.

    Reference:
        `Class-Balanced Self-Training <https://arxiv.org/abs/1810.07911>`_, the solution for the pseudo-labels of
        section 4, which asks for more than 1: the last sample of each portion would miss it.
    """
    relative, labels = (probabilities / thresholds).max(dim=1)
    return torch.where(relative >= 1, labels, torch.full_like(labels, IGNORED))


def pseudo_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy to the labels, 0 for those of -1, mean over all samples.

    Args:
        logits: Shape ``(B, C)``.
        labels: Shape ``(B,)``.

    Returns:
        A scalar of at least 0, attached to the graph also where every label is -1.
    """
    return F.cross_entropy(logits, labels, ignore_index=IGNORED, reduction='sum') / len(labels)


class CBST(AdaptationModule):
    """Class-balanced self-training: trains on its own most confident labels, the same portion of every class.

    The rest of the run behind ``start`` is divided into equal rounds; where one begins, the whole target pool is
    labelled anew.

    Args:
        weight: Factor on the cross-entropy to pseudo-labels.
        start: Share of the run before the first labels, which trains on the source; in [0, 1).
        rounds: How often the pool is labelled, at least 1.
        portion: Portion of each class that is used in the first round, in (0, 1].
        last_portion: Portion in the last of several rounds; between, it grows evenly.

    Fails when:
        A class is hardly ever predicted, or mostly in place of another: its most confident samples are then wrong,
        and training on them hardens it.

    Reference:
        `Unsupervised Domain Adaptation for Semantic Segmentation via Class-Balanced Self-Training
        <https://arxiv.org/abs/1810.07911>`_ (Zou et al., ECCV 2018), section 4 and algorithm 2, for images instead of
        pixels and thus without its spatial priors. The paper's portions, 20 % and 5 % more each round up to 50 %, make
        7 rounds; its authors' scripts run 5 to 12 of two epochs each. One optimiser and one learning rate schedule go
        through all rounds here.
    """

    family: ClassVar[str] = 'self-training'
    sees_target: ClassVar[bool] = True
    search: ClassVar[Search] = {
        'weight': Float(0.1, 10, log=True),
        'start': Float(0.1, 0.6),
        'rounds': Int(1, 12),
        'portion': Float(0.05, 0.5),
        'last_portion': Float(0.2, 1.0),
    }
    labels: Tensor

    def __init__(
        self,
        *,
        weight: float = 1.0,
        start: float = 0.25,
        rounds: int = 7,
        portion: float = 0.2,
        last_portion: float = 0.5,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check(weight >= 0, f'expected `weight` of at least 0, got {weight}')
        check(0 <= start < 1, f'expected `start` in [0, 1), got {start}')
        check(
            0 < portion <= 1 and 0 < last_portion <= 1,
            f'expected `portion` and `last_portion` in (0, 1], got {portion} and {last_portion}',
        )
        check(rounds > 0, f'expected `rounds` of at least 1, got {rounds}')
        self.weight, self.start, self.rounds = weight, start, rounds
        self.portion, self.last_portion = portion, last_portion
        self.register_buffer('labels', torch.zeros(0, dtype=torch.long))

    def setup(self, stage: str) -> None:
        """Make room for a label a target image."""
        super().setup(stage)
        if len(self.labels) != pool_size(self):
            self.labels = self.labels.new_full((pool_size(self),), IGNORED)

    def prepare_step(self, batch: Any) -> None:
        """Label the pool anew where a round begins."""
        begins = round(self.start * self._planned)
        step, steps = self.taken - begins, self._planned - begins
        if step >= 0 and begins_round(step, steps, self.rounds):
            probabilities = survey(self).probabilities
            grown = (step * self.rounds // steps) / max(1, self.rounds - 1)
            portion = self.portion + (self.last_portion - self.portion) * grown
            self.labels = balanced_labels(probabilities, class_thresholds(probabilities, portion))

    def terms(self, batch: Batch, source: View, target: View | None, progress: float) -> Losses:
        """Return the term ``pseudo``."""
        assert target is not None
        return {
            'pseudo': self.weight * pseudo_cross_entropy(target.logits, self.labels[batch['target_index']])
        }
