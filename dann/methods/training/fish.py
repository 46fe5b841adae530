"""Gradients of several sources, drawn into one direction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from dann.core.errors import check
from dann.core.search_space import Float, Search
from dann.core.views import Losses
from dann.datasets.loading import Batch, of_sources
from dann.engine.module import AdaptationModule
from dann.methods.training.mldg import check_across
from dann.networks.batch_norm import running_statistics


@torch.no_grad()
def move_part_way(values: Sequence[Tensor], before: Sequence[Tensor], share: float) -> None:
    r"""Put tensors back to a part of the way that they have come.

    .. math:: \theta \leftarrow \theta_0 + \epsilon (\theta - \theta_0)

    Args:
        values: What is moved, in place.
        before: Where they began.
        share: :math:`\epsilon`: 0 is where they began, 1 where they are.
    """
    for value, start in zip(values, before, strict=True):
        value.copy_(start.lerp(value, share))
    torch.clear_autocast_cache()  # of weights cast before this step


class Fish(AdaptationModule):
    r"""Gradient matching: steps on one source after the other, of whose way together a part is gone.

    .. math:: \theta \leftarrow \theta_0 + \epsilon (\tilde\theta_N - \theta_0), \quad \tilde\theta_0 = \theta_0, \quad
        \tilde\theta_j = \tilde\theta_{j-1} - \eta \nabla \ell_{\pi(j)}(\tilde\theta_{j-1})

    over the N sources in an order :math:`\pi` that each step draws. To first order that raises the inner product of the
    sources' gradients, beside lowering their losses. The inner steps are the optimiser's own, Adam's for example, whose
    averages go on from one training step to the next; the terms are means over the inner steps. No target image is
    looked at unless an alignment or a style does, at every inner step; labelled target images join every one too.

    Args:
        meta_rate: :math:`\epsilon`, above 0 and at most 1.

    Fails when:
        The sources are so many, or the learning rate so large, that the last of the inner steps forget the first. A
        training step costs as many descents as there are sources, each on its part of the batch.

    Reference:
        `Gradient Matching for Domain Generalization <https://arxiv.org/abs/2104.09937>`_ (Shi et al., ICLR 2022),
        algorithm 1. 0.5 is the default of DomainBed, whose inner optimiser is Adam and whose order is fixed. Batch norm
        normalises each source by itself in training, or under ``joint`` with an alignment together with the whole
        batch of the target, which then outweighs it; its running statistics go the same part of the way as the weights,
        as there. Every inner step draws dropout masks of its own.
    """

    family = 'generalisation'
    many_sources: ClassVar[bool] = True
    fewest_sources: ClassVar[int] = 2
    generalises: ClassVar[bool] = True
    search: ClassVar[Search] = {'meta_rate': Float(0.05, 1, log=True)}

    def __init__(self, *, meta_rate: float = 0.5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_across(self)
        check(0 < meta_rate <= 1, f'expected `meta_rate` above 0 and at most 1, got {meta_rate}')
        self.meta_rate = meta_rate
        self.automatic_optimization = False

    def training_step(self, batch: Batch, batch_idx: int) -> None:
        """Descend on each source, then go a part of the way."""
        optimizer: Any = self.optimizers()
        moved = [each.detach() for each in self._moved()]
        before = [each.clone() for each in moved]
        found = []
        for number in torch.randperm(self.num_sources):
            losses = self.losses(of_sources(batch, number), self.progress)
            self.descend(losses, optimizer)
            found.append({name: loss.detach() for name, loss in losses.items()})
        move_part_way(moved, before, self.meta_rate)
        self.step_schedules()
        self.record(_means(found), batch_idx)

    def _moved(self) -> list[Tensor]:
        """Return what the inner steps change: trained parameters, and statistics of batch norm."""
        return [*self.trained(), *running_statistics(self.network)]


def _means(every: Sequence[Losses]) -> Losses:
    return {name: torch.stack([losses[name] for losses in every]).mean() for name in every[0]}
