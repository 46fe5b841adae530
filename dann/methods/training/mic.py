"""Masked image consistency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.core.errors import check
from dann.core.schedules import Constant, Schedule
from dann.core.search_space import Float, Search
from dann.core.views import Losses, View
from dann.datasets.loading import Batch
from dann.engine.module import AdaptationModule
from dann.networks.average import MovingAverage
from dann.networks.batch_norm import frozen_statistics


def block_mask(noise: Tensor, ratio: float, block: int, height: int, width: int) -> Tensor:
    r"""Which pixels are kept: every square block is kept or hidden independently.

    .. math:: M_{mb+1:(m+1)b,\; nb+1:(n+1)b} = [v_{mn} > r], \qquad v_{mn} \sim \mathcal{U}(0, 1)

    Args:
        noise: The paper's ``v``, shape ``(B, M, N)``, ``M`` and ``N`` blocks being enough to cover the image.
        ratio: The paper's ``r``, the expected share that is hidden, in [0, 1].
        block: The paper's ``b``, in pixels.
        height: Of the images.
        width: Of the images.

    Returns:
        bool, shape ``(B, 1, height, width)``. Blocks at the lower and right border may be cut.

    Reference:
        `MIC: Masked Image Consistency <https://arxiv.org/abs/2212.01322>`_, section 3.2.
    """
    rows = torch.arange(height, device=noise.device) // block
    columns = torch.arange(width, device=noise.device) // block
    return (noise > ratio)[:, rows][:, :, columns][:, None]


def masked_consistency(masked: Tensor, whole: Tensor) -> Tensor:
    r"""Cross-entropy to the class that a teacher predicts for the whole image, weighted by its confidence.

    .. math:: \ell = \frac{1}{B} \sum_n q_n \bigl(-\log p_{n \hat y_n}\bigr), \qquad q_n = \max_c t_{nc}, \quad
        \hat y_n = \arg\max_c t_{nc}

    Args:
        masked: Logits of masked images, shape ``(B, C)``.
        whole: The teacher's logits of the whole images, shape ``(B, C)``; no gradient reaches them.

    Returns:
        A scalar of at least 0.

    Reference:
        `MIC: Masked Image Consistency <https://arxiv.org/abs/2212.01322>`_, section 3.2. The weight is that of the
        authors' code for classification; over pixels it is the share of confident ones.
    """
    confidence, labels = whole.detach().softmax(dim=1).max(dim=1)
    return (confidence * F.cross_entropy(masked, labels, reduction='none')).mean()


class MIC(AdaptationModule):
    """Masked image consistency: predicts partly hidden target images as a teacher predicts whole ones.

    It is meant to be added to another method, as with ``alignment: CDAN``. Hidden pixels have the backbone's mean.

    Args:
        weight: Factor on the consistency.
        schedule: How it grows with progress; constant in the paper, which starts from pretrained weights.
        ratio: Expected share of each image that is hidden, in [0, 1).
        block: Side of a hidden block as a share of the shorter image side, in (0, 1], at least a pixel. The
            paper hides 64 pixels of 224 in classification and of 512 or 1024 in segmentation; it does not say
            what share suits an image of 28 pixels.
        decay: Of the moving average, in [0, 1): 0.9 in the authors' code for classification, 0.999 for segmentation.

    Fails when:
        What tells the classes apart fits into one block, as a digit's few strokes do, so that the rest cannot say what
        was hidden; or alone, from random weights: the teacher's labels count from the first step, whatever its
        confidence, and its first mistakes stay.

    Reference:
        `MIC: Masked Image Consistency for Context-Enhanced Domain Adaptation <https://arxiv.org/abs/2212.01322>`_
        (Hoyer et al., CVPR 2023), section 3.2. Masked images get no colour jitter and no blur; the paper's
        classification results are with SDAT on top. The network is evaluated, not its average. Batch norm's running
        statistics are those of whole images, where the authors' code lets masked ones move them too.
    """

    family: ClassVar[str] = 'self-training'
    needs_images: ClassVar[bool] = True
    images_only: ClassVar[bool] = True
    search: ClassVar[Search] = {
        'weight': Float(0.1, 10, log=True),
        'ratio': Float(0.3, 0.9),
        'block': Float(0.1, 0.5),
        'decay': Float(0.9, 0.999),
    }
    sees_target = True
    rows: ClassVar[Mapping[str, Mapping[str, Any]]] = {'mic+cdan': {'class_path': 'MIC', 'alignment': 'CDAN'}}

    def __init__(
        self,
        *,
        weight: float = 1.0,
        schedule: Schedule = Constant(),
        ratio: float = 0.7,
        block: float = 0.28,
        decay: float = 0.9,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check(weight >= 0, f'expected `weight` of at least 0, got {weight}')
        check(0 <= ratio < 1, f'expected `ratio` in [0, 1), got {ratio}')
        check(0 < block <= 1, f'expected `block` in (0, 1], got {block}')
        self.schedule = schedule
        self.weight, self.ratio, self.block = weight, ratio, block
        self.teacher = MovingAverage(self.network, decay)

    def hide(self, images: Tensor) -> Tensor:
        """Return images with random blocks hidden, shape ``(B, C, H, W)``."""
        height, width = images.shape[-2:]
        side = max(1, round(self.block * min(height, width)))
        blocks = (len(images), -(-height // side), -(-width // side))
        kept = block_mask(torch.rand(blocks, device=images.device), self.ratio, side, height, width)
        return torch.where(kept, images, self.network.backbone.mean.to(images.dtype))

    def terms(self, batch: Batch, source: View, target: View | None, progress: float) -> Losses:
        """Return the term ``masked``."""
        strength = self.weight * self.schedule(progress)
        with torch.no_grad():
            whole = self.teacher.network(batch['target'], domain='target').logits
        with frozen_statistics(self.network):  # whole images are what it is evaluated on
            masked = self.network(self.hide(batch['target']), domain='target').logits
        return {'masked': strength * masked_consistency(masked, whole)}

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """Move the teacher after the network."""
        # not at the end of the batch: callbacks save checkpoints before the module's hook of that name
        super().optimizer_step(*args, **kwargs)
        self.teacher.update(self.network)
