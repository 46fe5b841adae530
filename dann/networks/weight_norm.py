"""Weight normalisation of a classifier."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class WeightNormed(nn.Linear):
    r"""A linear layer whose weights are a length times a direction for each class.

    .. math:: z_c = g_c \, \frac{v_c^\top f}{\lVert v_c \rVert_2} + b_c

    It shares weights, the ``v``, and bias with ``layer``, and adds the lengths ``g``: those of the layer's weights, so
    that it returns what the layer does until it is trained. It also loads a state without them, in the same way.

    Args:
        layer: The linear layer that it takes the place of.

    Reference:
        `Weight Normalization <https://arxiv.org/abs/1602.07868>`_ (Salimans and Kingma, NeurIPS 2016), eq. 2.
    """

    def __init__(self, layer: nn.Linear) -> None:
        nn.Module.__init__(self)
        self.in_features, self.out_features = layer.in_features, layer.out_features
        self.weight, self.bias = layer.weight, layer.bias
        self.length = nn.Parameter(lengths(layer.weight))

    def forward(self, features: Tensor) -> Tensor:
        """Return logits ``(B, C)`` of features ``(B, D)``."""
        return F.linear(features, F.normalize(self.weight, dim=1) * self.length[:, None], self.bias)

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *args: Any) -> None:
        if f'{prefix}weight' in state_dict:
            state_dict.setdefault(f'{prefix}length', lengths(state_dict[f'{prefix}weight']))
        super()._load_from_state_dict(state_dict, prefix, *args)


def lengths(weight: Tensor) -> Tensor:
    """Euclidean length of each row of ``weight``, shape ``(C,)`` of ``(C, D)``."""
    length: Tensor = torch.linalg.vector_norm(weight.detach(), dim=1)
    return length
