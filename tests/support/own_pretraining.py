"""A first stage of a reader's own: how bright is an image?"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from dann.core.pretraining import Pretraining
from dann.networks.backbone import Backbone


class Brightness(Pretraining):
    """Guesses the mean of an image's pixels."""

    def head(self, backbone: Backbone, image_shape: Sequence[int]) -> nn.Module:
        """Return a linear layer."""
        return nn.Linear(backbone.out_features, 1)

    def loss(self, backbone: Backbone, head: nn.Module, images: Tensor) -> Tensor:
        """Return the squared error."""
        guess: Tensor = head(backbone(images))[:, 0]
        return (guess - images.mean(dim=(1, 2, 3))).square().mean()
