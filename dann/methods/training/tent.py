"""TENT: entropy minimisation through batch norm's scale and offset, in one pass over the target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from dann.core.errors import UserError
from dann.core.views import Losses, View
from dann.datasets.loading import Batch
from dann.functional.entropies import mean_entropy
from dann.methods.training.adabn import batch_norms
from dann.methods.training.pseudo_labels import pool_size
from dann.methods.training.source_free import SourceFree
from dann.networks.norms import affine


def pass_steps(size: int, batch_size: int) -> int:
    """Return how many batches a pass over ``size`` images takes, a last one of one image left out.

    A single image has no variance, by which batch norm could divide.

    Example:
        >>> [pass_steps(size, batch_size=8) for size in (8, 16, 17, 18)]
        [1, 2, 2, 3]
    """
    return -(-(size - 1) // batch_size)


@contextmanager
def averaging(norms: Sequence[_BatchNorm]) -> Iterator[None]:
    """Let running statistics be the mean over all batches since ``num_batches_tracked`` was 0."""
    before = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = None
    try:
        yield
    finally:
        for norm, momentum in zip(norms, before, strict=True):
            norm.momentum = momentum


class TENT(SourceFree):
    r"""Fully test-time adaptation: target predictions become certain through batch norm's scale and offset alone.

    .. math:: \min_{\gamma, \beta} \frac{1}{B} \sum_n H(p_n), \qquad H(p) = -\sum_c p_c \log p_c

    The end of the run is one pass over the target's training images in the order of the pool, a step a batch: every
    image is seen once, without augmentation. All else of the run is the source stage. Target batches are normalised by
    their own statistics, the mean of which the pass leaves behind as the running ones, and all other weights stay.

    Args:
        source_share: Share of the run that the source stage has at least, in [0, 1): of a pass that is longer than the
            rest, the last images are left out. 0 only with ``init``, and in a run of at most one pass.
        init: As in every source-free method.

    Fails when:
        Batches are small or hold few classes, so that their statistics are not the domain's; or the learning rate is
        high, as nothing keeps predictions from falling into one class.

    Reference:
        `Tent: Fully Test-Time Adaptation by Entropy Minimization <https://arxiv.org/abs/2006.10726>`_ (Wang et
        al., ICLR 2021), section 3. The paper predicts each test batch in the step that adapts to it, by the batch's own
        statistics, and keeps no others. Here the pass is over the target's training split, and evaluation uses the
        weights and running statistics that the pass has left so far: no test image influences the prediction of
        another. The paper's learning rate is constant and its own; here the run's schedule starts again.
    """

    family: ClassVar[str] = 'test-time'
    needs_images: ClassVar[bool] = True
    needs_batch_norm: ClassVar[bool] = True
    online: ClassVar[bool] = True

    def __init__(self, *, source_share: float = 0.5, init: str | None = None, **kwargs: Any) -> None:
        super().__init__(source_share=source_share, init=init, **kwargs)
        batch_norms(self.network, 'TENT')

    def source_steps(self, planned: int) -> int:
        """Return what one pass over the pool leaves of the run, but no less than ``source_share`` of it."""
        steps = pass_steps(pool_size(self), self.pair.batch_size)
        if not self.source_share and planned > steps:
            msg = (
                f'a run without source images is one pass over the target, of {steps} batches at most, got {planned} '
                f'steps; set --trainer.max_epochs 1 --data.steps_per_epoch {steps}'
            )
            raise UserError(msg)
        return max(planned - steps, super().source_steps(planned))

    def frozen(self) -> Iterable[nn.Parameter]:
        """Return everything but the batch norms."""
        trained = set(affine(batch_norms(self.network, 'TENT')))
        return (parameter for parameter in self.parameters() if parameter not in trained)

    def survey(self) -> None:
        """Begin new means of the statistics; the pool is not looked at."""
        for norm in batch_norms(self.network, 'TENT'):
            if norm.num_batches_tracked is not None:
                norm.num_batches_tracked.zero_()

    def losses(self, batch: Batch, progress: float) -> Losses:
        """Return the terms of the stage that the batch belongs to."""
        with averaging([] if 'source' in batch else batch_norms(self.network, 'TENT')):
            return super().losses(batch, progress)

    def adapt(self, batch: Batch, target: View) -> Losses:
        """Return the term ``entropy``."""
        return {'entropy': mean_entropy(target.logits)}
