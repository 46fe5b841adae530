"""A backbone that does not keep what it announces is named in one line, and one that does is left as it was."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dann.core.errors import CheckError
from dann.engine.module import AdaptationModule
from dann.networks import Backbone, ConvNet, EfficientNetLite
from dann.networks.checks import check_features, check_kind


class Own(Backbone):
    """Four features, or whatever else it is told to return or to announce."""

    def __init__(self, announced: int | None = 4, returns: str = 'features') -> None:
        super().__init__()
        self.convolution, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)
        self.dropout, self.returns = nn.Dropout(), returns
        if announced is not None:
            self.out_features = announced

    def extract(self, images: Tensor) -> Any:
        maps = self.dropout(self.norm(self.convolution(images)))
        pooled = maps.mean((2, 3)) + 0 * torch.rand(1)
        kinds = {'features': pooled, 'maps': maps, 'tuple': (pooled,), 'one': pooled[0], 'rows': maps.mean(3)}
        return kinds[self.returns]


@pytest.mark.parametrize(
    ('own', 'said'),
    [
        (Own(None), 'Own has no `out_features`; set it to the width of what `extract` returns'),
        (Own(7), r'Own gives \(2, 4\) of samples \(2, 3, 8, 8\), .* announce 7; set `out_features` to 4'),
        (
            Own(4, 'maps'),
            r'Own gives \(2, 4, 6, 6\) .* not pooled; return `maps.mean\(\(2, 3\)\)` from `extract`',
        ),
        (Own(4, 'rows'), r'Own gives \(2, 4, 6\) .*; return features \(B, out_features\) from `extract`'),
        (Own(4, 'tuple'), 'Own gives tuple; return a tensor from `extract`'),
        (Own(4, 'one'), r'Own gives \(4,\) .* announce 4; set `out_features` to 4'),
    ],
    ids=['none', 'width', 'maps', 'rows', 'tuple', 'one'],
)
def test_what_a_backbone_does_not_keep_is_one_line(own: Own, said: str) -> None:
    with pytest.raises(CheckError, match=said) as caught:
        AdaptationModule(3, own, image_shape=(3, 8, 8))
    assert '\n' not in str(caught.value)


def test_images_that_it_cannot_take_are_one_line() -> None:
    said = r'Own cannot take samples \(2, 1, 8, 8\) \(.*channels.*\); correct its `extract`, or the size'
    with pytest.raises(CheckError, match=said):
        check_features(Own(), (1, 8, 8))
    with pytest.raises(
        CheckError, match=r'expected images of shape \(3, 8, 8\)'
    ):  # its own message says more
        AdaptationModule(3, ConvNet(8, (8,), (3,), (2,)), image_shape=(3, 9, 9))


def test_another_network_is_no_backbone() -> None:
    network: Any = nn.Sequential(nn.Flatten(), nn.Linear(192, 4))
    said = 'Sequential is no Backbone; derive the class from dann.Backbone and write `extract`'
    with pytest.raises(CheckError, match=said):
        AdaptationModule(3, network)
    check_kind(Own())


def test_without_the_shape_of_the_images_nothing_is_passed_through() -> None:
    own, passed = Own(4, 'maps'), list[object]()
    own.register_forward_hook(lambda *_: passed.append(_))
    assert AdaptationModule(3, own).backbone is own
    assert not passed


@pytest.mark.parametrize('backbone', [Own(), EfficientNetLite(0, None)], ids=['own', 'lite'])
def test_weights_statistics_modes_and_random_numbers_stay(backbone: Backbone) -> None:
    backbone.train()
    next(backbone.children()).eval()
    modes = [part.training for part in backbone.modules()]
    before = {name: value.clone() for name, value in backbone.state_dict().items()}
    state = torch.get_rng_state()
    check_features(backbone, (3, 32, 32))
    assert torch.equal(state, torch.get_rng_state())
    assert modes == [part.training for part in backbone.modules()]
    assert all(torch.equal(value, before[name]) for name, value in backbone.state_dict().items())
