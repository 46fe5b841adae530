"""What tells one backbone from another whose weights are the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
from torch import Tensor

from dann.networks import ConvNet
from dann.networks.backbone import Backbone, weights_hash
from dann.networks.described import described
from dann.networks.vit import ViT


class Scaled(Backbone):
    """A backbone of one's own that keeps its options in plain attributes."""

    def __init__(self, factor: float = 1.0, table: Any = None, mean: tuple[float, ...] = (0.5,)) -> None:
        super().__init__(mean=mean)
        self.factor, self.table, self.out_features = factor, table, 3

    def extract(self, images: Tensor) -> Tensor:
        """Return the mean of each channel."""
        return images.mean(dim=(2, 3)) * self.factor


def vit(heads: int) -> ViT:
    torch.manual_seed(0)
    return ViT(4, 8, 1, heads=heads)


@pytest.mark.parametrize(
    ('one', 'other'),
    [
        (Scaled(), Scaled(2.0)),
        (Scaled(table={'a': [1]}), Scaled(table={'a': [2]})),
        (Scaled(), Scaled(mean=(0.25,))),
        (vit(2), vit(4)),
    ],
)
def test_options_without_weights_are_told_apart(one: Backbone, other: Backbone) -> None:
    assert weights_hash(one) == weights_hash(other)
    assert described(one) != described(other)
    assert json.loads(json.dumps(described(one))) == described(one)


def test_the_heads_of_an_attention_are_named() -> None:
    assert repr(vit(2)) != repr(vit(4))
    assert 'heads=4' in repr(vit(4))


def test_what_a_run_does_with_a_backbone_does_not_count() -> None:
    network = ConvNet(8, (4,), (3,), (2,))
    before = described(network)
    network.eval()
    network.frozen, network.stored = [network], (1, (4, 3, 3))
    assert described(network) == before


def test_the_code_of_a_backbone_of_ones_own_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    before, plain = described(Scaled()), described(vit(2))
    monkeypatch.setattr('dann.core.own_code.sha256', lambda path: 'changed')
    assert described(Scaled()) != before
    assert described(vit(2)) == plain
