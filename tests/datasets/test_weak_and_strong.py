"""Augmentations of batches: what they do to pixels, and that each image has a draw of its own."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from dann.datasets.weak_and_strong import Strong, Weak, affine, cutout, translate

SHAPE = (5, 3, 7, 10)


def images(*shape: int) -> Tensor:
    return torch.rand(shape or SHAPE, generator=torch.Generator().manual_seed(0))


def test_translation_repeats_the_border_and_mirrors_after_the_move() -> None:
    x = images()
    down, right = torch.tensor([2, 0, -1, 0, -3]), torch.tensor([0, -4, 3, 0, 1])
    mirrored = torch.tensor([False, False, True, True, False])
    moved = translate(x, down, right, mirrored).numpy()
    for n, (d, r, m) in enumerate(zip(down.tolist(), right.tolist(), mirrored.tolist(), strict=True)):
        padded = np.pad(x[n].numpy(), ((0, 0), (4, 4), (4, 4)), mode='edge')
        expected = padded[:, 4 - d : 11 - d, 4 - r : 14 - r]
        np.testing.assert_array_equal(moved[n], expected[:, :, ::-1] if m else expected)


def test_affine_maps_keep_right_angles_on_oblong_images() -> None:
    x = images()
    identity = torch.eye(2).expand(5, 2, 2)
    torch.testing.assert_close(affine(x, identity), x)
    torch.testing.assert_close(affine(x, -identity), x.flip(2, 3))
    square = images(2, 1, 6, 6)
    quarter = torch.tensor([[0.0, -1.0], [1.0, 0.0]]).expand(2, 2, 2)
    torch.testing.assert_close(affine(square, quarter), square.rot90(1, (2, 3)))
    wide = torch.zeros(1, 1, 9, 15)
    wide[0, 0, 4, 10] = 1  # three pixels to the right of the centre
    turned = affine(wide, quarter[:1])
    assert turned[0, 0, 1, 7] == pytest.approx(1, abs=1e-5)
    assert turned.sum() == pytest.approx(1, abs=1e-5)


def test_cutout_paints_a_box_and_nothing_else() -> None:
    x = images(2, 3, 8, 12) * 0.4
    cut = cutout(x, torch.tensor([[0.5, 0.5], [0.5, 0.5]]), torch.tensor([0.5, 0.0]))
    grey = cut[0] == 0.5
    assert int(grey.sum()) == 3 * 4 * 6
    assert bool(grey[:, 2:6, 3:9].all())
    assert torch.equal(cut[0][~grey], x[0][~grey])
    assert torch.equal(cut[1], x[1])


@pytest.mark.parametrize('augment', [Weak(flip=True), Strong(flip=True), Strong(0.3)])
def test_augmented_images_are_images_drawn_one_by_one(augment: Weak | Strong) -> None:
    x = images(1, 3, 16, 20).expand(8, -1, -1, -1)
    torch.manual_seed(0)
    one, two = augment(x), augment(x)
    torch.manual_seed(0)
    again = augment(x)
    assert one.shape == x.shape
    assert 0 <= one.min() <= one.max() <= 1
    assert torch.equal(one, again)
    assert not torch.equal(one, two)
    assert len({each.numpy().tobytes() for each in one}) > 4


def test_weak_images_are_not_mirrored_unless_asked_for() -> None:
    x = images(16, 1, 8, 8)
    torch.manual_seed(0)
    assert torch.equal(Weak(0)(x), x)
    mirrored = Weak(0, flip=True)(x)
    assert {bool(torch.equal(a, b)) for a, b in zip(mirrored, x, strict=True)} == {True, False}


def test_magnitude_zero_is_the_weak_augmentation() -> None:
    x = images(4, 3, 16, 16)
    torch.testing.assert_close(Strong(0, shift=0)(x), x)


def test_strong_rotations_stay_within_thirty_degrees() -> None:
    torch.manual_seed(0)
    matrices = Strong()._matrices(images(200, 1, 2, 2))
    angles = torch.atan2(matrices[:, 1, 0], matrices[:, 0, 0])
    assert 0.4 < angles.abs().max() <= math.pi / 6 + 1e-6
    assert 0.3 < float((angles == 0).float().mean()) < 0.7


@pytest.mark.parametrize(
    ('make', 'message'),
    [
        (lambda: Weak(1.0), r'expected `shift` in \[0, 1\), got 1.0'),
        (lambda: Strong(2.0), r'expected `magnitude` in \[0, 1\], got 2.0'),
        (lambda: Weak()(torch.rand(3, 8, 8)), r'\(B, C, H, W\), got \(3, 8, 8\)'),
    ],
)
def test_bad_arguments(make: object, message: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=message):
        make()
