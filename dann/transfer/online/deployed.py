"""A trained model as methods that adapt online see it: images in, logits out."""

from __future__ import annotations

from copy import deepcopy
from typing import cast

from torch import Tensor, nn

from dann.core.views import View
from dann.engine.trained import TrainedModel
from dann.networks.batch_norm import Domain, keep_domain


class Deployed(nn.Module):
    """A copy of the network that a model predicts with, with the batch norm of the deployed domain alone.

    Args:
        model: The trained model; it is left as it is.
    """

    def __init__(self, model: TrainedModel) -> None:
        super().__init__()
        self.domain = cast(Domain, model.card['network']['deployed'])
        self.network: nn.Module = deepcopy(model.module.evaluated)
        keep_domain(self.network, self.domain)
        self.eval()

    def forward(self, images: Tensor) -> Tensor:
        """Return logits ``(B, C)`` of images as they enter the network."""
        view: View = self.network(images, domain=self.domain)
        return view.logits
