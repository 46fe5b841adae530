"""TENT: entropy minimisation through batch norm's scale and offset."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from torch import nn

from dann.core.search_space import Search
from dann.core.views import Losses, View
from dann.datasets.loading import Batch
from dann.functional.entropies import entropies
from dann.methods.training.adabn import batch_norms
from dann.methods.training.source_free import SourceFree


class TENT(SourceFree):
    r"""Fully test-time adaptation: target predictions become certain through batch norm's scale and offset alone.

    .. math:: \min_{\gamma, \beta} \frac{1}{B} \sum_n H(p_n), \qquad H(p) = -\sum_c p_c \log p_c

    After the source stage target batches are normalised by their own statistics, and all other weights stay.

    Args:
        source_share: As in every source-free method.
        init: As in every source-free method.

    Fails when:
        Batches are small or hold few classes, so that their statistics are not the domain's; or when it runs for
        long, as nothing keeps predictions from falling into one class.

    Reference:
        `Tent: Fully Test-Time Adaptation by Entropy Minimization <https://arxiv.org/abs/2006.10726>`_ (Wang et
        al., ICLR 2021), section 3. The paper predicts each test batch while it adapts to it, by the batch's own
        statistics, and keeps no others. Here it adapts on the target's training split, and evaluation uses the
        running statistics, which the adaptation's batches have moved to the target by then: no test image
        influences the prediction of another.
    """

    family: ClassVar[str] = 'test-time'
    needs_images: ClassVar[bool] = True
    search: ClassVar[Search] = {**SourceFree.search}
    needs_batch_norm: ClassVar[bool] = True

    def __init__(self, *, source_share: float = 0.5, init: str | None = None, **kwargs: Any) -> None:
        super().__init__(source_share=source_share, init=init, **kwargs)
        batch_norms(self.network, 'TENT')

    def frozen(self) -> Iterable[nn.Parameter]:
        """Return everything but the batch norms."""
        trained = {parameter for norm in batch_norms(self.network, 'TENT') for parameter in norm.parameters()}
        return (parameter for parameter in self.parameters() if parameter not in trained)

    def adapt(self, batch: Batch, target: View) -> Losses:
        """Return the term ``entropy``."""
        return {'entropy': entropies(target.logits).mean()}
