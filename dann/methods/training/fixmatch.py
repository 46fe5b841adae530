"""FixMatch on the target."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.core.batch_norm import BatchNormPolicy
from dann.core.errors import check
from dann.core.schedules import HalfCosine, Schedule
from dann.core.search_space import Float, Search
from dann.core.views import Losses, View
from dann.datasets.loading import Batch
from dann.datasets.weak_and_strong import Strong, Weak
from dann.engine.module import AdaptationModule
from dann.networks.average import MovingAverage
from dann.networks.batch_norm import Domain
from dann.networks.network import Network


def confident_cross_entropy(strong: Tensor, weak: Tensor, threshold: float) -> Tensor:
    r"""Cross-entropy to the classes that another view of the same images predicts with confidence.

    .. math:: \ell = \frac{1}{B} \sum_n [\max_c q_{nc} \ge \tau] \,
        \bigl(-\log p_{n \hat q_n}\bigr), \qquad \hat q_n = \arg\max_c q_{nc}

    Args:
        strong: Logits of the strongly augmented images, the paper's ``p``, shape ``(B, C)``.
        weak: Logits of the weakly augmented ones, the paper's ``q``, shape ``(B, C)``; no gradient reaches them.
        threshold: Confidence from which a sample counts, in [0, 1].

    Returns:
        A scalar of at least 0: the mean is over all samples, confident or not.

    Reference:
        `FixMatch <https://arxiv.org/abs/2001.07685>`_, eq. 4.
    """
    confidence, labels = weak.detach().softmax(dim=1).max(dim=1)
    losses = F.cross_entropy(strong, labels, reduction='none')
    return (losses * (confidence >= threshold)).mean()


class FixMatch(AdaptationModule):
    """FixMatch: confident predictions on weakly augmented target images label the strongly augmented ones.

    Args:
        weight: Factor on the target's cross-entropy.
        schedule: How it grows with progress: from 0 to 1 over the first half of the run, as in AdaMatch; constant in
            the paper, where the threshold replaces a ramp.
        threshold: Confidence from which a pseudo-label counts, in [0, 1]; the paper's 0.95, 0.9 in TLLib's version
            for adaptation.
        weak: Makes the images that are labelled.
        strong: Makes the images that are trained on.
        decay: Of the moving average of the weights, which is what is evaluated; in [0, 1).

    Fails when:
        The source model is confidently wrong on the target: nothing else corrects the pseudo-labels, and a
        class that is predicted too often takes over, up to all images as one class. Where the model is never
        confident, it is source-only.

    Reference:
        `FixMatch: Simplifying Semi-Supervised Learning with Consistency and Confidence
        <https://arxiv.org/abs/2001.07685>`_ (Sohn et al., NeurIPS 2020), eqs. 3-4, with the source as the labelled
        set. A threshold replaces no ramp where both domains differ: a model that has seen few source images is already
        certain, and wrong, of the target. So the ramp of `AdaMatch <https://arxiv.org/abs/2106.04732>`_ (Berthelot et
        al., ICLR 2022), the same authors' version for adaptation, is the default. As many target images
        as source images are in a batch, where the paper has seven times as many; source images are augmented by the
        data's own ``augment`` alone; the strong augmentation is that of ``dann.datasets.weak_and_strong.Strong``.
        Source, weak and strong images pass through batch norm one after the other, and all of them move its running
        statistics.
    """

    batch_norm_policy: ClassVar[BatchNormPolicy | None] = 'separate'
    family: ClassVar[str] = 'self-training'
    needs_images: ClassVar[bool] = True
    images_only: ClassVar[bool] = True
    search: ClassVar[Search] = {
        'weight': Float(0.1, 10, log=True),
        'threshold': Float(0.7, 0.99),
        'decay': Float(0.9, 0.9999),
    }

    def __init__(
        self,
        *,
        weight: float = 1.0,
        schedule: Schedule = HalfCosine(),
        threshold: float = 0.95,
        weak: Weak = Weak(),
        strong: Strong = Strong(),
        decay: float = 0.999,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check(weight >= 0, f'expected `weight` of at least 0, got {weight}')
        check(0 <= threshold <= 1, f'expected `threshold` in [0, 1], got {threshold}')
        self.schedule = schedule
        self.weight, self.threshold, self.weak, self.strong = weight, threshold, weak, strong
        self.average = MovingAverage(self.network, decay)

    def terms(self, batch: Batch, source: View, target: View | None, progress: float) -> Losses:
        """Return the term ``pseudo``."""
        strength = self.weight * self.schedule(progress)
        with torch.no_grad():
            weak = self.network(self.weak(batch['target']), domain='target').logits
        strong = self.network(self.strong(batch['target']), domain='target').logits
        return {'pseudo': strength * confident_cross_entropy(strong, weak, self.threshold)}

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """Move the average after the network."""
        # not at the end of the batch: callbacks save checkpoints before the module's hook of that name
        super().optimizer_step(*args, **kwargs)
        self.average.update(self.network)

    @property
    def evaluated(self) -> Network:
        """The moving average of the network."""
        return self.average.network

    @property
    def deployed(self) -> Domain:
        """The target's batch norm, which target images trained."""
        return 'target'
