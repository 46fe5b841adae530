"""The views of CoTTA's teacher."""

from __future__ import annotations

import torch
from draws import images

from dann.methods.online.varied import varied


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


def test_blurring_keeps_the_mean_of_a_plain_image() -> None:
    dark = torch.zeros(2, 1, 12, 12)
    assert varied(dark, torch.Generator().manual_seed(0)).mean() < 0.01
