"""Random parts of images as they are defined, and the centre of them in evaluation."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from dann.datasets import Augment
from dann.datasets.augment import resample_at_once, resample_each
from dann.datasets.loading import PairedBatches, SplitChunks


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def noise(count: int = 6, height: int = 12, width: int = 12, channels: int = 3) -> Tensor:
    return torch.randint(256, (count, channels, height, width), generator=generator(1)).to(torch.uint8)


def read_bilinearly(image: Tensor, part: Sequence[float], side: int) -> Tensor:
    """Cut a part out of one image and bring it to a size, pixel by pixel, in float64."""
    top, left, tall, wide = part
    pixels = image[:, int(top) : int(top + tall), int(left) : int(left + wide)].double().numpy()
    result = np.zeros((len(image), side, side))
    for row in range(side):
        for column in range(side):
            y, x = (row + 0.5) * tall / side - 0.5, (column + 0.5) * wide / side - 0.5
            y, x = min(max(y, 0), tall - 1), min(max(x, 0), wide - 1)
            y0, x0 = math.floor(y), math.floor(x)
            y1, x1 = min(y0 + 1, int(tall) - 1), min(x0 + 1, int(wide) - 1)
            upper = pixels[:, y0, x0] * (1 - x + x0) + pixels[:, y0, x1] * (x - x0)
            lower = pixels[:, y1, x0] * (1 - x + x0) + pixels[:, y1, x1] * (x - x0)
            result[:, row, column] = upper * (1 - y + y0) + lower * (y - y0)
    return torch.from_numpy(result)


@pytest.mark.parametrize('channels', [1, 3])
@pytest.mark.parametrize(('height', 'width', 'side'), [(12, 12, 8), (20, 13, 11), (40, 90, 7)])
@pytest.mark.parametrize(('way', 'tolerance'), [(resample_each, 1), (resample_at_once, 0.51)])
def test_a_part_is_what_bilinear_reading_gives(
    way: Callable[..., Tensor], tolerance: float, height: int, width: int, side: int, channels: int
) -> None:
    images = noise(20, height, width, channels)
    parts = torch.stack(Augment(crop=side, scale=(0.05, 0.9))._parts(20, height, width, generator()), dim=1)
    mirrored = torch.arange(20) % 2 == 0
    crops = way(images, parts, mirrored, side)
    assert crops.shape == (20, channels, side, side)
    assert crops.dtype == torch.uint8
    for crop, image, part, turn in zip(crops, images, parts.tolist(), mirrored, strict=True):
        expected = read_bilinearly(image, part, side)
        gap = (crop.double() - (expected.flip(2) if turn else expected)).abs()
        assert gap.max() <= tolerance
        assert gap.mean() < 0.5


@pytest.mark.parametrize('side', [8, 64])
def test_random_parts_are_the_drawn_ones_and_mirrored_by_the_next_draw(side: int) -> None:
    images, rng = noise(8, 70, 70), generator()
    crops = Augment(crop=side, flip=True)(images, generator())
    parts = Augment(crop=side)._parts(8, 70, 70, rng)
    mirrored = torch.rand(8, generator=rng) < 0.5
    assert 0 < int(mirrored.sum()) < 8
    for crop, image, turn, *part in zip(crops, images, mirrored, *(p.tolist() for p in parts), strict=True):
        expected = read_bilinearly(image, part, side)
        assert (crop.double() - (expected.flip(2) if turn else expected)).abs().max() <= 1


def test_large_images_on_the_cpu_are_resampled_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('dann.datasets.augment.resample_at_once', None)
    assert Augment(crop=64)(noise(2, 70, 70), generator()).shape == (2, 3, 64, 64)
    monkeypatch.setattr('dann.datasets.augment.resample_each', None)
    with pytest.raises(TypeError, match='not callable'):
        Augment(crop=64)(noise(2, 70, 70), generator())


def test_all_of_the_image_at_its_own_size_is_the_image() -> None:
    images = noise()
    assert torch.equal(Augment(crop=12, scale=(1, 1), ratio=(1, 1))(images, generator()), images)
    mirrored = Augment(crop=12, scale=(1, 1), ratio=(1, 1), flip=True)(noise(200), generator())
    turned = (mirrored == noise(200).flip(3)).flatten(1).all(dim=1)
    assert ((mirrored == noise(200)).flatten(1).all(dim=1) ^ turned).all()
    assert 70 < int(turned.sum()) < 130


@pytest.mark.parametrize('shape', [(64, 64), (40, 90)])
def test_parts_have_the_area_and_the_shape_that_were_asked_for(shape: tuple[int, int]) -> None:
    height, width = shape
    top, left, tall, wide = Augment(crop=8)._parts(4000, height, width, generator())
    assert (top >= 0).all()
    assert (left >= 0).all()
    assert (top + tall <= height).all()
    assert (left + wide <= width).all()
    share = tall * wide / (height * width)
    assert share.min() > 0.06
    assert share.max() <= 1
    ratio = wide / tall
    assert 0.6 < ratio.min() < 0.8
    assert 1.25 < ratio.max() < 1.5
    if height == width:  # a uniform share of 0.08 to 1, but for large parts that do not fit at once
        assert abs(float(share.mean()) - 0.51) < 0.03
    assert len({*top.tolist()}) > 20


def test_an_image_too_wide_for_any_part_gives_its_centre() -> None:
    top, left, tall, wide = Augment(crop=4, scale=(1, 1))._parts(3, 10, 60, generator())
    assert (tall == 10).all()
    assert (wide == 13).all()
    assert (top == 0).all()
    assert (left == 24).all()


def test_crops_depend_on_the_generator_alone() -> None:
    augment, images = Augment(crop=8, flip=True), noise()
    before = images.clone()
    assert torch.equal(augment(images, generator(3)), augment(images, generator(3)))
    assert not torch.equal(augment(images, generator(3)), augment(images, generator(4)))
    assert torch.equal(images, before)


def test_evaluation_is_the_centre() -> None:
    images = noise(4, 12, 14)
    assert torch.equal(Augment(crop=8).evaluation(images), images[:, :, 2:10, 3:11])
    assert Augment(3, flip=True).evaluation(images) is images
    chunk = SplitChunks(images, size=3, augment=Augment(crop=8))[1]
    assert isinstance(chunk, Tensor)
    assert torch.equal(chunk, images[3:, :, 2:10, 3:11].float() / 255)


def test_training_and_evaluation_agree_in_size() -> None:
    batches = PairedBatches(
        noise(), torch.arange(6), noise(), batch_size=4, seed=0, augment=Augment(crop=8, flip=True)
    )
    batch = batches[0]
    assert batch['source'][0].shape == batch['target'].shape == (4, 3, 8, 8)
    assert float(batch['target'].max()) <= 1


@pytest.mark.parametrize(
    'options',
    [
        {'crop': 0},
        {'crop': 4, 'shift': 1},
        {'crop': 4, 'scale': (0, 1)},
        {'crop': 4, 'scale': (0.9, 0.5)},
        {'crop': 4, 'scale': (0.5, 1.5)},
        {'crop': 4, 'ratio': (0, 1)},
        {'crop': 4, 'ratio': (2, 1)},
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match='expected `'):
        Augment(**options)


def test_a_crop_beyond_the_image_is_refused() -> None:
    acts: list[Callable[[], Tensor]] = [
        lambda: Augment(crop=13)(noise(), generator()),
        lambda: Augment(crop=13).evaluation(noise()),
    ]
    for act in acts:
        with pytest.raises(
            ValueError, match='at most the 12 pixels of the images, got 13; enlarge their `size`'
        ):
            act()


def test_the_library_of_the_field_cuts_the_same_distribution() -> None:
    transforms = pytest.importorskip('torchvision.transforms')
    torch.manual_seed(0)
    image = torch.zeros(3, 64, 64)
    theirs = np.array(
        [transforms.RandomResizedCrop.get_params(image, (0.08, 1), (3 / 4, 4 / 3)) for _ in range(3000)]
    )
    ours = np.stack([part.numpy() for part in Augment(crop=8)._parts(3000, 64, 64, generator())], axis=1)
    for column in range(4):
        spread = theirs[:, column].std() / 3000**0.5
        assert abs(theirs[:, column].mean() - ours[:, column].mean()) < 6 * spread
        assert abs(theirs[:, column].std() - ours[:, column].std()) < 6 * spread


def turned(image: Tensor, degrees: float) -> Tensor:
    """Turn one image about its centre, black outside, pixel by pixel, in float64."""
    _, height, width = image.shape
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    result = torch.zeros(image.shape, dtype=torch.float64)
    for row in range(height):
        for column in range(width):
            y, x = row - (height - 1) / 2, column - (width - 1) / 2
            v, u = sin * x + cos * y + (height - 1) / 2, cos * x - sin * y + (width - 1) / 2
            for near_v, near_u in ((math.floor(v) + i, math.floor(u) + j) for i in (0, 1) for j in (0, 1)):
                if 0 <= near_v < height and 0 <= near_u < width:
                    share = (1 - abs(v - near_v)) * (1 - abs(u - near_u))
                    result[:, row, column] += share * image[:, near_v, near_u].double()
    return result


def test_a_rotation_is_what_bilinear_reading_gives_and_black_comes_in() -> None:
    images, augment = noise(4, 11, 14), Augment(rotate=30, border='black')
    got = augment(images, generator(3))
    angles = 30 * (2 * torch.rand(4, generator=generator(3)) - 1)
    assert len(set(angles.tolist())) == 4
    for image, angle, seen in zip(images, angles.tolist(), got, strict=True):
        assert (seen.double() - turned(image, angle)).abs().max() < 0.51
    assert got.dtype == torch.uint8


def test_a_shift_with_a_black_border_brings_black_in_and_repeats_nothing() -> None:
    images = torch.full((200, 1, 8, 8), 255, dtype=torch.uint8)
    assert bool((Augment(shift=3)(images, generator()) == 255).all())
    moved = Augment(shift=3, border='black')(images, generator())
    down, right = torch.randint(-3, 4, (2, 200), generator=generator())
    expected = (8 - down.abs()) * (8 - right.abs()) * 255
    assert torch.equal(moved.sum(dim=(1, 2, 3)), expected)


def test_the_source_alone_can_be_augmented() -> None:
    augment = Augment(shift=2, rotate=10, domains='source')
    images = noise(40)
    batches = PairedBatches(
        images, torch.zeros(40, dtype=torch.long), images, batch_size=40, seed=0, augment=augment
    )
    batch = batches[0]
    plain = images.float() / 255
    assert torch.equal(batch['target'], plain[batch['target_index']])
    assert not any(bool((batch['source'][0] == image).all(dim=(1, 2, 3)).any()) for image in plain)
    assert augment.of('source') is augment
    assert Augment(shift=2).of('target').shift == 2
    cropped = Augment(crop=6, domains='source').of('target')
    assert torch.equal(cropped(images, generator()), images[:, :, 3:9, 3:9])
    assert not cropped.changes


@pytest.mark.parametrize(
    'options', [{'rotate': 181}, {'rotate': 5, 'crop': 4}, {'border': 'white'}, {'domains': 'target'}]
)
def test_options_of_a_rotation_are_named(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f'`{next(iter(options))}`'):
        Augment(**options)
