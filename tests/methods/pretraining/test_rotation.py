"""Rotation: every image at four angles, and the angle as the class."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from dann.core.errors import CheckError
from dann.methods.pretraining.rotation import Rotation, turned
from dann.networks.convnets import ConvNet


def test_images_are_turned_by_quarter_turns() -> None:
    images = torch.rand(3, 2, 5, 5)
    every, turns = turned(images)
    assert turns.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    for place, turn in enumerate(turns.tolist()):
        expected = np.rot90(images[place % 3].numpy(), turn, (1, 2))
        np.testing.assert_array_equal(every[place].numpy(), expected)


def test_four_quarter_turns_are_none() -> None:
    images = torch.rand(2, 3, 4, 4)
    once, _ = turned(images)
    again, _ = turned(once[2:4])
    assert torch.equal(again[6:8], images)


def test_the_loss_is_the_cross_entropy_of_the_angles() -> None:
    stage, network, images = Rotation(), ConvNet(8, (4,), (3,), (2,)), torch.rand(3, 3, 8, 8)
    head = stage.head(network, (3, 8, 8))
    with torch.no_grad():
        total = 0.0
        for turn in range(4):
            scores = head(network(images.rot90(turn, (2, 3)))).tolist()
            for row in scores:
                total -= row[turn] - math.log(sum(math.exp(each) for each in row))
        assert float(stage.loss(network, head, images)) == pytest.approx(total / 12, rel=1e-5)


def test_images_that_are_not_square_are_refused() -> None:
    with pytest.raises(CheckError, match='have 8 x 6 pixels; give them one `size`'):
        Rotation().validate(ConvNet(8, (4,), (3,), (2,)), (3, 8, 6))
