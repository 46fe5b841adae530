"""Bottleneck, classification head and domain critic."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import nn


def mlp(sizes: Sequence[int]) -> nn.Sequential:
    """Linear layers of the given sizes with ReLU between them and none at the end."""
    layers: list[nn.Module] = []
    for before, after in pairwise(sizes):
        layers.extend([nn.Linear(before, after), nn.ReLU()])
    return nn.Sequential(*layers[:-1])


def bottleneck(in_features: int, out_features: int | None, *, batch_norm: bool = False) -> nn.Module:
    """Linear layer, batch norm (optional) and ReLU; the identity when ``out_features`` is ``None``."""
    if out_features is None:
        return nn.Identity()
    norm = [nn.BatchNorm1d(out_features)] if batch_norm else []
    return nn.Sequential(nn.Linear(in_features, out_features), *norm, nn.ReLU())


def critic(in_features: int, hidden: Sequence[int]) -> nn.Module:
    """Domain critic: an MLP with one output, the logit of being source."""
    return nn.Sequential(mlp((in_features, *hidden, 1)), nn.Flatten(0))
