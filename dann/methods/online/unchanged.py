"""The deployed network as it is, which every method is compared with."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from dann.core.online_method import OnlineMethod


class Unchanged(OnlineMethod):
    """Predicts, and learns nothing."""

    name: ClassVar[str] = 'none'

    @torch.no_grad()
    def step(self, images: Tensor) -> Tensor:
        """Predict the batch by the running statistics of the training."""
        logits: Tensor = self.network(images)
        return logits
