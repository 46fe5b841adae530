"""Virtual adversarial domain adaptation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor

from dann.core.batch_norm import BatchNormPolicy
from dann.core.errors import check
from dann.core.recommended import ADAM_IN_PAPER
from dann.core.schedules import Constant
from dann.core.search_space import Float, Search
from dann.core.views import Losses, View
from dann.datasets.loading import Batch
from dann.engine.module import AdaptationModule
from dann.functional.entropies import check_logits, entropies
from dann.methods.alignment import Alignment
from dann.methods.alignment.dann import CRITIC, DANN
from dann.methods.training.vat import smoothness
from dann.networks.average import MovingAverage
from dann.networks.batch_norm import Domain
from dann.networks.heads import Norm
from dann.networks.network import Network


def conditional_entropy(logits: Tensor) -> Tensor:
    r"""Mean entropy of predictions: least where the decision boundary crosses no cluster of samples.

    .. math:: \ell = -\frac1B \sum_n \sum_c p_{nc} \log p_{nc}

    Args:
        logits: Shape ``(B, C)``.

    Returns:
        A scalar in [0, log C].

    Raises:
        ValueError: Logits that are not ``(B, C)``.

    Reference:
        `A DIRT-T Approach to Unsupervised Domain Adaptation <https://arxiv.org/abs/1802.08735>`_, section 4.
    """
    check_logits(logits)
    return entropies(logits).mean()


class VADA(AdaptationModule):
    r"""Virtual adversarial domain adaptation: domain confusion, with boundaries kept away from the data.

    .. math::
        \ell = \ell_y + \lambda_d \ell_d + \lambda_s \mathrm{VAT}_s
            + \lambda_t \bigl( \mathrm{VAT}_t + H_t \bigr)

    Args:
        domain_weight: Weight of the domain-adversarial term, at least 0; ignored where an ``alignment`` is
            given.
        source_weight: Weight of virtual adversarial training on source images, at least 0.
        target_weight: Weight of virtual adversarial training and conditional entropy on target images, at least 0.
        radius: Length of the perturbation of an image whose values are in [0, 1], above 0.
        xi: Length of the probe that finds its direction, above 0.
        decay: Of the moving average of the weights, which is what is evaluated; in [0, 1).
        norm: Of the critic, as in ``DANN``; ignored where an ``alignment`` is given.
        dropout: Of the critic, as in ``DANN``; ignored where an ``alignment`` is given.
        alignment: Replaces domain-adversarial training; ``null`` for ``DANN`` at full strength throughout.

    Fails when:
        Classes of the target do not form clusters, or one cluster holds two of them: its decision boundary is
        then pushed to the wrong gap. In a run of few steps the moving average also still remembers the beginning.

    Reference:
        `A DIRT-T Approach to Unsupervised Domain Adaptation <https://arxiv.org/abs/1802.08735>`_ (Shu et al.,
        ICLR 2018), section 4. Weights, radius and decay are those of the authors' code for digits, where images
        run from -1 to 1 and the radius is 3.5. There the features descend on the domain loss with swapped
        labels and the critic has a separate optimiser and batch; here the gradient is reversed. The instance
        normalisation of its input is a style, ``InstanceNorm``, and not part of this class.
    """

    family = 'adversarial'
    batch_norm_policy: ClassVar[BatchNormPolicy | None] = 'separate'
    needs_images: ClassVar[bool] = True
    recommended: ClassVar[Mapping[str, Any]] = ADAM_IN_PAPER
    search: ClassVar[Search] = {
        'domain_weight': Float(1e-3, 1, log=True),
        'source_weight': Float(0.0, 1.0),
        'target_weight': Float(1e-3, 1, log=True),
        'radius': Float(0.1, 5, log=True),
        'xi': Float(1e-4, 1, log=True),
        'decay': Float(0.9, 0.999),
        **CRITIC,
    }
    sees_target = True

    def __init__(
        self,
        *,
        domain_weight: float = 0.01,
        source_weight: float = 1.0,
        target_weight: float = 0.01,
        radius: float = 1.75,
        xi: float = 0.01,
        decay: float = 0.998,
        norm: Norm = 'none',
        dropout: float = 0.0,
        alignment: Alignment | None = None,
        **kwargs: Any,
    ) -> None:
        if alignment is None:
            alignment = DANN(domain_weight, Constant(), norm=norm, dropout=dropout)
        super().__init__(alignment=alignment, **kwargs)
        check(source_weight >= 0, f'expected `source_weight` of at least 0, got {source_weight}')
        check(target_weight >= 0, f'expected `target_weight` of at least 0, got {target_weight}')
        check(radius > 0, f'expected `radius` above 0, got {radius}')
        check(xi > 0, f'expected `xi` above 0, got {xi}')
        self.source_weight, self.target_weight = source_weight, target_weight
        self.radius, self.xi = radius, xi
        self.average = MovingAverage(self.network, decay)

    @property
    def evaluated(self) -> Network:
        """The moving average of the network."""
        return self.average.network

    def terms(self, batch: Batch, source: View, target: View | None, progress: float) -> Losses:
        """Return the smoothness of both domains and the entropy of the target."""
        assert target is not None
        losses = self.target_terms(batch['target'], target)
        if self.source_weight:
            images, _ = batch['source']
            losses['vat_source'] = self.source_weight * self._smoothness(images, 'source')
        return losses

    def target_terms(self, images: Tensor, view: View) -> Losses:
        """Return the smoothness and the entropy of predictions on the target."""
        return {
            'vat': self.target_weight * self._smoothness(images, 'target'),
            'entropy': self.target_weight * conditional_entropy(view.logits),
        }

    def _smoothness(self, images: Tensor, domain: Domain) -> Tensor:
        return smoothness(self.network, images, domain=domain, radius=self.radius, xi=self.xi)

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """Move the average after the network."""
        # not at the end of the batch: callbacks save checkpoints before the module's hook of that name
        super().optimizer_step(*args, **kwargs)
        self.average.update(self.network)
