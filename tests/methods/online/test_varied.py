"""The views of CoTTA's teacher."""

from __future__ import annotations

import math

import numpy as np
import torch
from draws import images

from dann.datasets.weak_and_strong import affine
from dann.methods.online.varied import blurred, rotation, varied


def drawn(seed: int, *, flip: bool = True) -> torch.Tensor:
    return varied(images(4, 3, 16, 16), torch.Generator().manual_seed(seed), flip=flip)


def test_views_are_images_that_follow_from_the_seed() -> None:
    view = drawn(0)
    assert view.shape == (4, 3, 16, 16)
    assert view.min() >= 0
    assert view.max() <= 1
    assert torch.equal(view, drawn(0))
    assert not torch.equal(view, drawn(1))


def test_a_view_is_near_its_own_image_and_each_image_has_a_draw_of_its_own() -> None:
    plain = torch.full((8, 3, 16, 16), 0.5)
    means = varied(plain, torch.Generator().manual_seed(0)).mean(dim=(1, 2, 3))
    assert means.std() > 0.01
    # 0.5 times [0.6, 1.4], to the power of [0.7, 1.3]
    assert 0.3**1.3 - 0.02 < means.min() < means.max() < 0.7**0.7 + 0.02


def test_characters_need_not_be_mirrored() -> None:
    # the left half is bright
    halves = torch.zeros(64, 1, 16, 16)
    halves[:, :, :, :8] = 0.9

    def brighter_left(flip: bool) -> float:
        view = varied(halves, torch.Generator().manual_seed(0), flip=flip)
        return float((view[..., :8].mean(dim=(1, 2, 3)) > view[..., 8:].mean(dim=(1, 2, 3))).double().mean())

    assert brighter_left(False) == 1
    assert 0.3 < brighter_left(True) < 0.7


def test_a_bright_pixel_is_blurred_to_a_gaussian_and_plain_grey_stays() -> None:
    pixel = torch.zeros(2, 3, 9, 9)
    pixel[:, :, 4, 3] = 1
    deviations = (0.3, 0.9)
    for found, deviation in zip(blurred(pixel, torch.tensor(deviations)), deviations, strict=True):
        weights = [math.exp(-(place**2) / (2 * deviation**2)) for place in range(-2, 3)]
        line = np.array(weights) / sum(weights)
        expected = np.zeros((9, 9))
        expected[2:7, 1:6] = np.outer(line, line)
        for channel in found:
            np.testing.assert_allclose(channel.numpy(), expected, atol=1e-6)
    grey = torch.full((2, 3, 9, 9), 0.5)
    torch.testing.assert_close(blurred(grey, torch.tensor(deviations)), grey)


def test_a_known_pixel_is_where_a_known_rotation_puts_it() -> None:
    image = torch.zeros(2, 1, 5, 5)
    image[:, :, 0, 3] = 1  # one to the right of the centre, two above
    turned = affine(image, rotation(torch.tensor([math.pi / 2, -math.pi / 2])))
    expected = torch.zeros(2, 5, 5)
    expected[0, 1, 0] = expected[1, 3, 4] = 1
    torch.testing.assert_close(turned[:, 0], expected, atol=1e-5, rtol=0)
    cos, sin = math.cos(0.1), math.sin(0.1)
    torch.testing.assert_close(rotation(torch.tensor([0.1]))[0], torch.tensor([[cos, -sin], [sin, cos]]))
