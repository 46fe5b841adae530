"""What every first stage has, and the options that make no sense."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dann.core.errors import CheckError
from dann.core.pretraining import Pretraining
from dann.networks.backbone import Backbone
from dann.networks.convnets import ConvNet


class Flat(Pretraining):
    """Makes features small."""

    def loss(self, backbone: Backbone, head: nn.Module, images: Tensor) -> Tensor:
        value: Tensor = head(backbone(images)).square().mean()
        return value


def test_a_subclass_writes_a_loss_and_needs_nothing_else() -> None:
    stage, network = Flat(), ConvNet(8, (4,), (3,), (2,))
    stage.validate(network, (3, 8, 8))
    head = stage.head(network, (3, 8, 8))
    assert not list(head.parameters())
    assert stage.loss(network, head, torch.rand(2, 3, 8, 8)).ndim == 0
    kind: Any = Pretraining
    with pytest.raises(TypeError, match='loss'):
        kind()


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        ({'steps': 0}, '`steps` above 0, got 0'),
        ({'batch_size': 1}, '`batch_size` of at least 2, got 1'),
        ({'lr': 0.0}, r'`lr` in \(0, 1\], got 0.0'),
        ({'lr': float('nan')}, r'`lr` in \(0, 1\], got nan'),
        ({'weight_decay': -1.0}, '`weight_decay` of at least 0, got -1.0'),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(CheckError, match=words):
        Flat(**options)


def test_its_table_of_searches_cannot_be_changed() -> None:
    search: Any = Flat.search
    with pytest.raises(TypeError):
        search['steps'] = None
