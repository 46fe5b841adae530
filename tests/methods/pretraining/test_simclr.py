"""SimCLR: two views of every image, and what is thrown away."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from dann.core.errors import CheckError
from dann.datasets.weak_and_strong import Strong
from dann.functional.nt_xent import nt_xent
from dann.methods.pretraining.simclr import SimCLR
from dann.networks.convnets import ConvNet


def backbone() -> ConvNet:
    return ConvNet(8, (4,), (3,), (2,))


def test_the_loss_is_that_of_two_strong_views_of_each_image() -> None:
    stage, network, images = (
        SimCLR(temperature=0.2, hidden=7, projected=5),
        backbone(),
        torch.rand(6, 3, 8, 8),
    )
    head = stage.head(network, (3, 8, 8))
    torch.default_generator.manual_seed(3)
    loss = stage.loss(network, head, images)
    torch.default_generator.manual_seed(3)
    views = Strong()(torch.cat([images, images]))
    assert not torch.equal(views[:6], views[6:])  # each has a draw of its own
    one, other = (head(network(part)) for part in (views[:6], views[6:]))
    torch.testing.assert_close(loss, nt_xent(one, other, 0.2))


def test_the_head_has_two_layers_with_relu_between() -> None:
    head = SimCLR(hidden=7, projected=5).head(backbone(), (3, 8, 8))
    kinds = [type(layer) for layer in head.children()]
    assert kinds == [nn.Linear, nn.ReLU, nn.Linear]
    assert head(torch.zeros(2, backbone().out_features)).shape == (2, 5)


def test_views_may_be_made_as_one_likes() -> None:
    class Same(Strong):
        """Changes nothing."""

        def __call__(self, images: Tensor) -> Tensor:
            return images

    stage, network, images = SimCLR(strong=Same()), backbone(), torch.rand(5, 3, 8, 8)
    head = stage.head(network, (3, 8, 8))
    seen = head(network(images))
    torch.testing.assert_close(stage.loss(network, head, images), nt_xent(seen, seen))


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        ({'temperature': 0.0}, '`temperature` above 0, got 0.0'),
        ({'hidden': 0}, 'widths above 0, got 0 and 128'),
        ({'projected': -1}, 'widths above 0, got 256 and -1'),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, float], words: str) -> None:
    with pytest.raises(CheckError, match=words):
        SimCLR(**options)  # type: ignore[arg-type]
