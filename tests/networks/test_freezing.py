"""Freezing keeps weights and statistics; unfreezing and learning rates follow the published rules."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor, nn

from dann.core.errors import CheckError
from dann.networks import Backbone, ConvNet, EfficientNetLite
from dann.networks.freezing import freeze_first, frozen_blocks, rate_scales, still_frozen


class Whole(Backbone):
    """A backbone whose blocks are not known."""

    out_features = 3

    def __init__(self) -> None:
        super().__init__()
        self.pool, self.norm = nn.AdaptiveAvgPool2d(1), nn.BatchNorm2d(3)

    def extract(self, images: Tensor) -> Tensor:
        features: Tensor = self.norm(self.pool(images)).flatten(1)
        return features


@pytest.mark.parametrize(
    'backbone', [ConvNet(32, batch_norm=True), EfficientNetLite(0, None)], ids=['conv', 'lite']
)
def test_a_chained_backbone_is_its_blocks(backbone: Backbone) -> None:
    images, count = torch.rand(3, 3, 32, 32), len(backbone.blocks())
    backbone.eval()
    with torch.no_grad():
        whole = backbone(images)
        for cut in range(1, count + 1):
            torch.testing.assert_close(backbone.passed(backbone.before(cut, images), cut), whole)
    parameters = {id(value) for block in backbone.blocks() for value in block.parameters()}
    assert parameters == {id(value) for value in backbone.parameters()}


@pytest.mark.parametrize('count', [0, 1, 2, 3])
def test_frozen_blocks_keep_weights_and_statistics(count: int) -> None:
    backbone = ConvNet(16, batch_norm=True)
    freeze_first(backbone, count)
    before = {name: value.clone() for name, value in backbone.state_dict().items()}
    trained = [value for value in backbone.parameters() if value.requires_grad]
    optimizer = torch.optim.SGD([*trained, nn.Parameter(torch.zeros(1))], lr=0.1)
    loss: Tensor = backbone.train()(torch.rand(4, 3, 16, 16)).square().sum()
    if loss.requires_grad:
        loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    changed = {
        int(name.split('.')[1]) // 4
        for name, value in backbone.state_dict().items()
        if not torch.equal(value, before[name])
    }
    assert changed == set(range(count, 3))


def test_all_means_all_even_where_blocks_are_not_known() -> None:
    backbone = Whole()
    freeze_first(backbone, frozen_blocks(backbone, 'all'))
    before = backbone.norm.running_mean
    assert before is not None
    start = before.clone()
    backbone.train()(torch.rand(4, 3, 2, 2))
    assert torch.equal(before, start)
    assert not any(value.requires_grad for value in backbone.parameters())


def test_what_cannot_be_frozen_is_refused() -> None:
    with pytest.raises(CheckError, match='at most the 3 blocks of ConvNet, got 4'):
        frozen_blocks(ConvNet(16), 4)
    with pytest.raises(CheckError, match='Whole has no blocks to count'):
        frozen_blocks(Whole(), 1)
    with pytest.raises(CheckError, match="none, all or a number of blocks, got 'some'"):
        frozen_blocks(ConvNet(16), 'some')


@pytest.mark.parametrize(('count', 'by'), [(1, 0.5), (4, 1.0), (9, 0.3)])
def test_blocks_are_unfrozen_one_by_one(count: int, by: float) -> None:
    held = [still_frozen(count, step / 1000, by) for step in range(1000)]
    assert held[0] == count
    assert all(a - b in (0, 1) for a, b in itertools.pairwise(held))
    for step, value in enumerate(held):
        progress = step / 1000
        gone = sum(progress >= by * k / count - 1e-12 for k in range(1, count + 1))
        assert value in (count - gone, count - gone + 1)  # rounding at the very step
    assert all(value == 0 for value in held[math.ceil(1000 * by) + 1 :])
    assert still_frozen(count, 1.0, 0.0) == count


def test_learning_rates_decay_from_the_last_block_to_the_first() -> None:
    backbone = ConvNet(16)
    scales = rate_scales(backbone, 0.1, 0.5)
    by_block = [{scales[id(value)] for value in block.parameters()} for block in backbone.blocks()]
    assert by_block == [{0.025}, {0.05}, {0.1}]
    assert set(rate_scales(Whole(), 0.1, 0.5).values()) <= {0.1}
