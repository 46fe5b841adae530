"""Contrastive pre-training: two views of an image find each other."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from dann.core.errors import check
from dann.core.pretraining import Pretraining
from dann.datasets.weak_and_strong import Strong
from dann.functional.nt_xent import nt_xent
from dann.networks.backbone import Backbone
from dann.networks.heads import mlp


class SimCLR(Pretraining):
    r"""SimCLR: of two strongly augmented views of each image, each finds the other among all views of the batch.

    .. math::
        \ell = -\frac{1}{2B} \sum_{i=1}^{2B} \log
        \frac{\exp(s_{i p(i)} / \tau)}{\sum_{k \ne i} \exp(s_{ik} / \tau)}

    Here ``s`` is the cosine of two projections ``g(f(x))``, and ``p(i)`` the other view of the same image.

    Args:
        steps: Of the stage, at least 1.
        batch_size: Images in a step, of both domains together, at least 2; each has two views.
        lr: Highest learning rate of AdamW, in (0, 1]; it falls to 0 along half a cosine.
        weight_decay: Of AdamW, at least 0, for weights of two and more dimensions; biases and norms have none.
        temperature: Divides the cosines, above 0; 0.5 in the paper for small images, 0.1 for ImageNet.
        hidden: Width of the hidden layer of the projection.
        projected: Width of the projection; 128 in the paper.
        strong: Makes both views.

    Fails when:
        What the augmentation changes is what tells classes apart, as colour or the way up; or when images of both
        domains differ so much that telling domains apart is all that most negatives need.

    Reference:
        `A Simple Framework for Contrastive Learning of Visual Representations <https://arxiv.org/abs/2002.05709>`_
        (Chen et al., ICML 2020), eq. 1. The augmentation is that of ``dann.datasets.weak_and_strong.Strong``: it has
        none of the paper's three parts, which are random crops brought back to full size, distorted colour (jitter of
        each channel, hue, saturation, greyscale) and blur, and by the paper's own ablation crops with colour matter
        most. The optimiser is AdamW instead of LARS, as batches are small, and without warm-up; as in the paper
        biases and norms do not decay.
    """

    def __init__(
        self,
        steps: int = 1000,
        batch_size: int = 128,
        lr: float = 1e-3,
        weight_decay: float = 1e-4,
        *,
        temperature: float = 0.5,
        hidden: int = 256,
        projected: int = 128,
        strong: Strong = Strong(),
    ) -> None:
        super().__init__(steps, batch_size, lr, weight_decay)
        check(temperature > 0, f'expected `temperature` above 0, got {temperature}')
        check(hidden > 0 and projected > 0, f'expected widths above 0, got {hidden} and {projected}')
        self.temperature, self.hidden, self.projected, self.strong = temperature, hidden, projected, strong

    def head(self, backbone: Backbone, image_shape: Sequence[int]) -> nn.Module:
        """Return the projection: two linear layers with ReLU between."""
        return mlp((backbone.out_features, self.hidden, self.projected))

    def loss(self, backbone: Backbone, head: nn.Module, images: Tensor) -> Tensor:
        """Return the contrastive loss of two views of each image, which pass through the backbone as one batch."""
        count = len(images)
        views = head(backbone(self.strong(images.repeat(2, 1, 1, 1))))
        return nt_xent(views[:count], views[count:], self.temperature)
