"""A step that must help on sources that it was not made of."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.func import functional_call
from torch.nn.attention import SDPBackend, sdpa_kernel

from dann.core.errors import check
from dann.core.per_source import PerSource
from dann.core.search_space import Categorical, Float, Int, Search
from dann.core.views import Losses, View, merge
from dann.datasets.loading import Batch, of_sources
from dann.engine.module import AdaptationModule
from dann.methods.training.mcd import restyled
from dann.networks.batch_norm import frozen_statistics

TASK = ('source', 'shots')
Weights = Mapping[str, Tensor]


def descended(
    loss: Tensor, weights: Weights, rate: float, *, second_order: bool = False
) -> dict[str, Tensor]:
    r"""Weights after one step of gradient descent, as a function of those before.

    .. math:: \theta' = \theta - \alpha \nabla_\theta \ell(\theta)

    Args:
        loss: Computed from ``weights``, a scalar.
        weights: By name.
        rate: :math:`\alpha`.
        second_order: Whether the gradient too depends on the weights; without, a loss at the returned weights has for
            its gradient at ``weights`` the one where it was computed.

    Returns:
        Tensors of the same names and shapes.
    """
    gradients = torch.autograd.grad(
        loss, [*weights.values()], create_graph=second_order, retain_graph=True, materialize_grads=True
    )
    steps = zip(weights.items(), gradients, strict=True)
    return {name: weight - rate * gradient for (name, weight), gradient in steps}


def check_across(module: AdaptationModule) -> None:
    """Raise ``CheckError`` for parts that need all sources in one loss, where a method sees some at a time."""
    name = type(module).__name__
    aligning = [] if module.alignment is None else [*module.alignment.modules()]
    whole = [each for each in aligning if isinstance(each, PerSource) or getattr(each, 'many_sources', False)]
    check(
        module.fairness is None,
        f'{name} weighs its sources itself; leave `fairness` out, or take another method',
    )
    check(
        not whole,
        f'{name} sees some of the sources at a time; leave `per_source` out, and take an alignment of two domains',
    )


class MLDG(AdaptationModule):
    r"""Meta-learning: a step on some sources must lower the loss of the others too.

    Each batch's sources are divided anew into meta-train, with the task loss :math:`F`, and meta-test, with :math:`G`:

    .. math:: F(\theta) + \beta \, G\bigl(\theta - \alpha \nabla F(\theta)\bigr)

    To first order the gradient of the second term is that of :math:`G` where the inner step ends, as in MAML's first
    order; to second order it goes through that step. The terms are ``source``, which is :math:`F`, and ``meta_test``.
    No target image is looked at unless an alignment or a style does: the alignment sees the meta-train sources, and the
    style restyles the meta-test ones too.

    Args:
        beta: :math:`\beta`, at least 0.
        inner_rate: :math:`\alpha`, of plain gradient descent, above 0.
        inner_steps: Inner steps, all on the same meta-train samples and labelled target images, at least 1; 1 where a
            style mixes features, which later steps would not.
        meta_test: How many sources are meta-test, at least 1 and fewer than there are.
        second_order: Whether the gradient goes through the inner steps; a training step then takes twice the memory,
            and attention its plain form, as the fast ones have no second derivative.

    Fails when:
        The sources differ from one another in another way than from what is to come: a step that carries over between
        them then says nothing. With two sources each half step has seen one, and fits it.

    Reference:
        `Learning to Generalize: Meta-Learning for Domain Generalization <https://arxiv.org/abs/1710.03463>`_ (Li et
        al., AAAI 2018), algorithm 1 and eq. 3. First order and :math:`\beta` 1 are the defaults of DomainBed, whose
        inner step is Adam's on one source alone. Plain descent is that of the authors' code, whose :math:`\alpha` of
        0.5 is for a classifier on fixed features; with it a network trained from scratch learned the sources worse.
        Inner steps take no part in momentum. Batch norm's running statistics follow the first pass alone: over
        meta-train and labelled target images, and with an alignment over the target's batch too. The look ahead and
        inner steps behind the first normalise source samples by themselves, also under ``joint``, and draw dropout
        masks of their own. 16-mixed, which scales one loss a step, is refused.
    """

    family = 'generalisation'
    many_sources: ClassVar[bool] = True
    fewest_sources: ClassVar[int] = 2
    sets_aside: ClassVar[str] = 'meta_test'
    own_gradients: ClassVar[bool] = True
    generalises: ClassVar[bool] = True
    search: ClassVar[Search] = {
        'beta': Float(0.1, 10, log=True),
        'inner_rate': Float(1e-3, 1, log=True),
        'inner_steps': Int(1, 5),
        'second_order': Categorical((False, True)),
    }

    def __init__(
        self,
        *,
        beta: float = 1.0,
        inner_rate: float = 0.1,
        inner_steps: int = 1,
        meta_test: int = 1,
        second_order: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_across(self)
        check(beta >= 0, f'expected `beta` of at least 0, got {beta}')
        check(inner_rate > 0, f'expected `inner_rate` above 0, got {inner_rate}')
        check(inner_steps > 0, f'expected `inner_steps` of at least 1, got {inner_steps}')
        check(
            inner_steps == 1 or self.style is None or not self.style.on_features,
            f'{type(self.style).__name__} mixes features at the first inner step alone; set `inner_steps` to 1',
        )
        most = max(self.num_sources - 1, 1)
        check(1 <= meta_test <= most, f'expected `meta_test` from 1 to {most}, got {meta_test}')
        self.beta, self.inner_rate, self.inner_steps = beta, inner_rate, inner_steps
        self.meta_test, self.second_order = meta_test, second_order

    def losses(self, batch: Batch, progress: float) -> Losses:
        """Return the terms on the meta-train sources, and the weighted loss of the others behind the inner steps."""
        order = torch.randperm(self.num_sources)
        trained, tested = (
            of_sources(batch, part) for part in (order[self.meta_test :], order[: self.meta_test])
        )
        with sdpa_kernel(SDPBackend.MATH) if self.second_order else nullcontext():
            losses = super().losses(trained, progress)
            task = torch.stack([losses[name] for name in TASK if name in losses]).sum()
            ahead = self._ahead(task, trained)
            with frozen_statistics(self.network):
                merge(losses, {'meta_test': self.beta * self._loss_at(ahead, tested)})
        return losses

    def _ahead(self, task: Tensor, trained: Batch) -> dict[str, Tensor]:
        """Return the network's weights behind the inner steps, the first of which goes down ``task``."""
        weights: dict[str, Tensor] = {
            name: each for name, each in self.network.named_parameters() if each.requires_grad
        }
        weights = descended(task, weights, self.inner_rate, second_order=self.second_order)
        with frozen_statistics(self.network):
            for _ in range(self.inner_steps - 1):
                loss = self._loss_at(weights, trained)
                if 'shots' in trained:
                    loss = loss + self._shots_at(weights, trained)
                weights = descended(loss, weights, self.inner_rate, second_order=self.second_order)
        return weights

    def _loss_at(self, weights: Weights, batch: Batch) -> Tensor:
        images, labels = batch['source']
        styled = restyled(self, images, batch['target'])
        view: View = functional_call(self.network, dict(weights), (styled, labels))
        return self.task.loss(view)

    def _shots_at(self, weights: Weights, batch: Batch) -> Tensor:
        view: View = functional_call(self.network, dict(weights), batch['shots'], {'domain': self.deployed})
        return self.task.loss(view)
