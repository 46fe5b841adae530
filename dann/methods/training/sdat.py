"""Smooth domain-adversarial training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Literal, get_args

import torch
from torch import Tensor

from dann.core.errors import check
from dann.core.search_space import Categorical, Float, Search
from dann.core.views import Losses
from dann.datasets.loading import Batch
from dann.engine.module import AdaptationModule
from dann.methods.alignment import Alignment
from dann.methods.alignment.cdan import CDAN
from dann.methods.training.mcd import restyled
from dann.networks.batch_norm import frozen_statistics, has_batch_norm

Where = Literal['weights', 'perturbed']
TASK = ('source', 'shots')


def ascent(gradients: Sequence[Tensor], rho: float) -> list[Tensor]:
    r"""The step of length ``rho`` in weight space along which a loss rises fastest.

    .. math:: \hat\epsilon = \rho \, g / \lVert g \rVert_2

    Args:
        gradients: One tensor a parameter; the norm is over all of them together.
        rho: Length, at least 0.

    Returns:
        Tensors shaped as ``gradients``; zeros where all of these are zero.

    Raises:
        ValueError: No gradient at all.

    Reference:
        `Sharpness-Aware Minimization <https://arxiv.org/abs/2010.01412>`_, eq. 2 with p = 2.
    """
    check(len(gradients) > 0, 'expected at least one gradient, got none; unfreeze a parameter')
    length = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(each) for each in gradients]))
    scale = rho / length.clamp(min=torch.finfo(length.dtype).tiny)
    return [scale * each for each in gradients]


@contextmanager
def moved(weights: Sequence[Tensor], steps: Sequence[Tensor]) -> Iterator[None]:
    """Add ``steps`` to ``weights``, and put these back to the last bit afterwards."""
    kept = [weight.detach().clone() for weight in weights]
    with torch.no_grad():
        for weight, step in zip(weights, steps, strict=True):
            weight.add_(step)
    # autocast would go on with the weights as they were
    torch.clear_autocast_cache()
    try:
        yield
    finally:
        with torch.no_grad():
            for weight, before in zip(weights, kept, strict=True):
                weight.copy_(before)
        torch.clear_autocast_cache()


class SDAT(AdaptationModule):
    r"""Smooth domain-adversarial training: the task loss is minimised over a ball of weights, the rest at its centre.

    .. math:: \min_\theta \max_{\lVert \epsilon \rVert \le \rho} \ell_y(\theta + \epsilon) + \ell_d(\theta)

    Args:
        rho: Radius of the ball, at least 0.
        adapt_at: Where the gradient of all but the task loss is taken: ``weights`` as in the paper, or at the
            ``perturbed`` ones as in its authors' code.
        alignment: What is to be trained smoothly; ``null`` for ``CDAN``.

    Fails when:
        The network has hardly learned the source: a step of length ``rho`` then leaves the region in which the
        loss is nearly linear, and slows training down. A step costs twice the time.

    Reference:
        `A Closer Look at Smoothness in Domain Adversarial Training <https://arxiv.org/abs/2206.08213>`_
        (Rangwani et al., ICML 2022), section 4. 0.05 is the default of the authors' code; its scripts take 0.02
        for Office-Home and 0.005 to 0.02 for VisDA-2017. Batch norm's running statistics follow the first pass
        alone. A critic has no separate optimiser here. 16-mixed, which scales one loss a step, is refused.
    """

    family = 'adversarial'
    own_gradients: ClassVar[bool] = True
    search: ClassVar[Search] = {
        'rho': Float(0.005, 0.5, log=True),
        'adapt_at': Categorical(('weights', 'perturbed')),
    }

    def __init__(
        self,
        *,
        rho: float = 0.05,
        adapt_at: Where = 'weights',
        alignment: Alignment | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(alignment=CDAN() if alignment is None else alignment, **kwargs)
        check(rho >= 0, f'expected `rho` of at least 0, got {rho}')
        check(adapt_at in get_args(Where), f'expected `adapt_at` in {get_args(Where)}, got {adapt_at!r}')
        self.rho, self.adapt_at = rho, adapt_at
        # where only the first pass moves batch norm's statistics, the target must be in it
        joint = self.network.batch_norm == 'joint' or adapt_at == 'perturbed'
        self.together = joint and has_batch_norm(self.network)
        self.automatic_optimization = False

    def training_step(self, batch: Batch, batch_idx: int) -> None:
        """Climb on the task loss, take its gradient there, and descend from where the step began."""
        self.zero_grad(set_to_none=True)
        weights = [each for each in self.network.parameters() if each.requires_grad]
        at_weights = self.adapt_at == 'weights'
        first = self.losses(batch, self.progress) if at_weights else self._task(batch)
        task = _sum({name: value for name, value in first.items() if name in TASK})
        rest = {name: value for name, value in first.items() if name not in TASK}
        gradients = torch.autograd.grad(task, weights, retain_graph=bool(rest), materialize_grads=True)
        if rest:
            self.manual_backward(_sum(rest))
        with moved(weights, ascent(gradients, self.rho)), frozen_statistics(self.network):
            second = self._task(batch) if at_weights else self.losses(batch, self.progress)
            self.manual_backward(_sum(second))
        optimizer: Any = self.optimizers()
        optimizer.step()
        self.zero_grad(set_to_none=True)
        self.step_schedules()
        self.record(second | rest, batch_idx)

    def _task(self, batch: Batch) -> Losses:
        """Return the terms of the task alone."""
        (images, labels), target = batch['source'], batch['target']
        style = self.style
        if style is not None and style.on_features:
            with style.mixing(style.strength(self.progress), len(images)):
                source, _ = self._views(images, labels, target, both=True)
        else:
            source, _ = self._views(restyled(self, images, target), labels, target, both=self.together)
        losses = {'source': self.source_loss(source, batch)}
        if 'shots' in batch:
            shots, shot_labels = batch['shots']
            losses['shots'] = self.task.loss(self.network(shots, shot_labels, domain=self.deployed))
        return losses


def _sum(losses: Losses) -> Tensor:
    return torch.stack(list(losses.values())).sum()
