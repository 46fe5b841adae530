"""Pre-training by rotation: how far was an image turned?"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dann.core.errors import check
from dann.core.pretraining import Pretraining
from dann.networks.backbone import Backbone
from dann.networks.heads import linear

TURNS = 4


def turned(images: Tensor) -> tuple[Tensor, Tensor]:
    """Square images turned by 0, 90, 180 and 270 degrees, and by how many quarter turns each was.

    Args:
        images: Shape ``(B, C, H, H)``.

    Returns:
        Images, shape ``(4B, C, H, H)``, and their turns, shape ``(4B,)``.
    """
    every = torch.cat([images.rot90(turns, (2, 3)) for turns in range(TURNS)])
    return every, torch.arange(TURNS, device=images.device).repeat_interleave(len(images))


class Rotation(Pretraining):
    r"""RotNet: a linear layer on the features says by which of four angles an image was turned.

    .. math:: \ell = -\frac{1}{4B} \sum_{n=1}^{B} \sum_{y=0}^{3} \log p_y\bigl(g(x_n, 90^\circ \cdot y)\bigr)

    Args:
        steps: Of the stage, at least 1.
        batch_size: Images in a step, of both domains together, at least 2; each is seen at all four angles.
        lr: Highest learning rate of AdamW, in (0, 1]; it falls to 0 along half a cosine.
        weight_decay: Of AdamW, at least 0, for weights of two and more dimensions; biases and norms have none.

    Fails when:
        Images have no way up, as those taken from above, or one that a single edge or a shadow gives away: the
        network then learns nothing of what they show.

    Reference:
        `Unsupervised Representation Learning by Predicting Image Rotations <https://arxiv.org/abs/1803.07728>`_
        (Gidaris et al., ICLR 2018), eqs. 1-3. As in the paper all four angles of an image are in one batch. The
        optimiser is AdamW along half a cosine, where the paper has SGD with momentum and steps.
    """

    def validate(self, backbone: Backbone, image_shape: Sequence[int]) -> None:
        """Raise ``CheckError`` unless images are square, as a quarter turn leaves no others as they are."""
        height, width = image_shape[1:]
        check(
            height == width,
            f'Rotation turns square images, and those of the data have {height} x {width} pixels; give them one `size`',
        )

    def head(self, backbone: Backbone, image_shape: Sequence[int]) -> nn.Module:
        """Return a linear layer to four angles."""
        return linear(backbone.out_features, TURNS)

    def loss(self, backbone: Backbone, head: nn.Module, images: Tensor) -> Tensor:
        """Return the cross-entropy of the four angles."""
        every, turns = turned(images)
        return F.cross_entropy(head(backbone(every)), turns)
