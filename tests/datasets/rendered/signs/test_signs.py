"""Traffic signs from drawings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from dann.datasets.rendered.random_batch import RandomBatch
from dann.datasets.rendered.signs import SIGNS, SynSigns, chart, draw, drawings, render
from dann.datasets.rendered.signs.camera import blur, shrinking, stretching, tone
from dann.datasets.rendered.signs.drawings import MIRRORED
from dann.datasets.rendered.signs.pen import EXTENT, RESOLUTION, Ink, Pen, arc
from dann.datasets.rendered.signs.scene import CROP, FRAME, compose, half_sizes


def small(**options: Any) -> SynSigns:
    return SynSigns(**{'size': 16, 'train': 90, 'val': 43, 'test': 7} | options)


def flat(images: Tensor) -> Tensor:
    """Images without their mean level and contrast, one a row."""
    rows = images.float().flatten(1)
    return F.normalize(rows - rows.mean(dim=1, keepdim=True))


def distorted(images: Tensor, seed: int) -> Tensor:
    """Drawings turned by up to 3 degrees, shifted by up to half a pixel of 32, at 95 to 105 % size, with noise."""
    generator = np.random.default_rng(seed)
    angle, scale = generator.uniform(-0.05, 0.05, len(images)), generator.uniform(0.95, 1.05, len(images))
    shift = generator.uniform(-0.03, 0.03, (2, len(images)))
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    maps = np.array([[cos, -sin, shift[0]], [sin, cos, shift[1]]]).transpose(2, 0, 1)
    grid = F.affine_grid(torch.from_numpy(maps).float(), list(images.shape), align_corners=False)
    warped = F.grid_sample(images.float(), grid, padding_mode='border', align_corners=False)
    noise = torch.from_numpy(generator.normal(0, 8, images.shape)).float()
    return F.interpolate(warped + noise, size=(32, 32), mode='area')


def test_there_are_43_classes_in_the_order_of_the_benchmark() -> None:
    assert len(SIGNS) == len(set(SIGNS)) == 43
    places = {0: 'speed limit 20', 14: 'stop', 17: 'no entry', 33: 'turn right', 38: 'keep right'}
    assert {place: SIGNS[place] for place in places} == places


@pytest.mark.parametrize('variant', [0, 1])
def test_every_drawing_differs_from_every_other(variant: int) -> None:
    rows = chart(32, variant).float().flatten(1) / 255
    apart = torch.cdist(rows, rows, p=1) / rows.shape[1] + torch.eye(43)
    assert apart.min() > 0.008, divmod(int(apart.argmin()), 43)


@pytest.mark.parametrize(('left', 'right'), MIRRORED.items())
def test_mirror_pairs_are_mirrored(left: str, right: str) -> None:
    assert (draw(left) == draw(right).flip(2)).all()
    assert (draw(left) != draw(right)).any()


@pytest.mark.parametrize('name', ['double bend', 'road narrows', 'no overtaking', 'roundabout', 'stop'])
def test_signs_with_a_direction_are_not_symmetric(name: str) -> None:
    assert (draw(name) - draw(name).flip(2)).abs().mean() > 1e-3


def middle(name: str, ink: Ink, radius: float = 0.9) -> tuple[float, float]:
    """Mean place of an ink near the middle of a sign, right and down positive."""
    share = draw(name)[int(ink) - 1]
    line = ((torch.arange(RESOLUTION) + 0.5) / RESOLUTION * 2 - 1) * EXTENT
    share = share * (line.square() + line[:, None].square() < radius**2)
    return float((share.sum(0) * line).sum() / share.sum()), float((share.sum(1) * line).sum() / share.sum())


def test_arrows_point_where_their_names_say() -> None:
    for name, sign in (('right', 1), ('left', -1)):
        assert sign * middle(f'turn {name}', Ink.WHITE)[0] > 0.1
        assert sign * middle(f'ahead or {name}', Ink.WHITE)[0] > 0.03
        assert sign * middle(f'keep {name}', Ink.WHITE)[0] > 0.05
        assert middle(f'keep {name}', Ink.WHITE)[1] > 0.05
    assert middle('ahead only', Ink.WHITE) == pytest.approx((0, -0.11), abs=0.03)
    assert middle('no overtaking', Ink.RED, 0.65)[0] < -0.2
    assert middle('no overtaking', Ink.BLACK, 0.65)[0] > 0.2


def test_inks_never_overlap_and_leave_the_corners_bare() -> None:
    covers = drawings()
    assert covers.shape == (2, 43, 7, RESOLUTION, RESOLUTION)
    assert covers.min() == 0
    assert covers.sum(dim=2).max() <= 1 + 1e-6
    assert covers[..., :3, :3].max() == 0


def test_signs_are_told_apart_by_their_nearest_drawing() -> None:
    templates = flat(torch.cat([chart(32, variant) for variant in (0, 1)]))
    large = torch.cat([chart(96, variant) for variant in (0, 1)]).repeat(4, 1, 1, 1)
    labels = torch.arange(43).repeat(8)
    nearest = (flat(distorted(large, 5)) @ templates.T).argmax(dim=1) % 43
    assert (nearest == labels).float().mean() > 0.95
    limits = labels < 9
    assert (nearest == labels)[limits].float().mean() > 0.9  # the digits are readable


def test_renders_show_the_sign_of_their_label() -> None:
    labels = np.arange(43).repeat(24)
    images = torch.from_numpy(render(labels, 32, np.random.default_rng(0)))
    means = flat(images).reshape(43, 24, -1).mean(dim=1)
    drawn = flat(chart())
    likeness = F.normalize(means - means.mean(dim=0)) @ F.normalize(drawn - drawn.mean(dim=0)).T
    assert (likeness.argmax(dim=1) == torch.arange(43)).float().mean() > 0.65  # a guess is right in 1 of 43


def test_same_arguments_same_images() -> None:
    first, second, other = (small(train=30, val=2, test=3, seed=seed).make() for seed in (5, 5, 6))
    for split, samples in first.items():
        assert (samples.images == second[split].images).all()
        assert (samples.labels == second[split].labels).all()
        assert (samples.images != other[split].images).any()


def test_the_number_of_threads_changes_no_bit() -> None:
    threads = torch.get_num_threads()
    images = []
    for count in (1, 2):
        torch.set_num_threads(count)
        images.append(render(np.arange(12), 24, np.random.default_rng(0)))
    torch.set_num_threads(threads)
    assert (images[0] == images[1]).all()


def test_shapes_counts_and_ids() -> None:
    made = small().make()
    assert {split: samples.images.shape for split, samples in made.items()} == {
        'train': (90, 3, 16, 16),
        'val': (43, 3, 16, 16),
        'test': (7, 3, 16, 16),
    }
    for samples in made.values():
        assert samples.images.dtype == np.uint8
        assert samples.labels.dtype == np.int64
    assert made['train'].ids[7] == 'signs/rendered/0/train/000007'
    assert len({name for samples in made.values() for name in samples.ids}) == 140


def test_classes_are_balanced_and_shuffled() -> None:
    labels = small().make()['train'].labels
    counts = np.bincount(labels, minlength=43)
    assert (counts.min(), counts.max()) == (2, 3)
    assert (labels != np.arange(90) % 43).any()


def test_pictures_reach_from_dark_to_bright_and_no_two_are_the_same() -> None:
    images = render(np.arange(430) % 43, 32, np.random.default_rng(1))
    levels = images.mean(axis=(1, 2, 3))
    assert np.percentile(levels, 5) < 40
    assert np.percentile(levels, 95) > 140
    assert 60 < np.median(levels) < 110
    assert (levels > 235).mean() < 0.01
    assert len(np.unique(images.reshape(430, -1), axis=0)) == 430


def test_signs_fill_the_frame() -> None:
    sheets = drawings()[0]
    random = RandomBatch(np.random.default_rng(0), 43)
    black = torch.zeros(43, 3, FRAME, FRAME)
    covered = compose(sheets, black, random).amax(dim=1) > 0
    margin = (FRAME - CROP) // 2
    inside = covered[:, margin:-margin, margin:-margin]
    assert inside.sum() > 0.98 * covered.sum()
    for side in (1, 2):
        reach = inside.any(dim=side).float().mean(dim=1)
        assert reach.min() > 0.5
        assert 0.7 < reach.mean() < 0.85


def test_half_sizes_are_those_of_the_plates() -> None:
    sheets = torch.stack([draw('no entry'), draw('danger')])
    wide, high = half_sizes(sheets)
    assert wide.flatten().tolist() == pytest.approx([1, 0.96], abs=0.05)
    assert high.flatten().tolist() == pytest.approx([1, 0.83], abs=0.05)


def test_shrinking_averages_and_stretching_is_the_bilinear_resize() -> None:
    generator = torch.Generator().manual_seed(0)
    scene = torch.rand(2, 1, FRAME, FRAME, generator=generator)
    pixels = torch.tensor([16.0, 64.0])
    down = shrinking(pixels)[:, None]
    seen = down @ scene @ down.transpose(2, 3)
    crop = scene[..., 8:-8, 8:-8]
    assert torch.allclose(seen[0, :, :16, :16], F.avg_pool2d(crop[0], 4), atol=1e-5)
    assert torch.allclose(seen[1], crop[1], atol=1e-5)
    up = stretching(pixels, 24)[:, None]
    resized = up @ seen @ up.transpose(2, 3)
    for image, count in enumerate((16, 64)):
        expected = F.interpolate(seen[image : image + 1, :, :count, :count], size=(24, 24), mode='bilinear')
        assert torch.allclose(resized[image], expected[0], atol=1e-5)


def test_blur_keeps_the_light_and_spreads_it() -> None:
    point = torch.zeros(8, 1, FRAME, FRAME)
    point[..., 40, 40] = 1
    blurred = blur(point, RandomBatch(np.random.default_rng(0), 8), torch.full((8, 1, 1, 1), 2.0))
    assert blurred.sum(dim=(1, 2, 3)) == pytest.approx(np.ones(8), abs=1e-4)
    assert blurred.amax() < 0.6


def test_tone_is_the_srgb_curve() -> None:
    values = tone(torch.tensor([0, 0.0031308, 0.18, 0.5, 1]))
    assert values.tolist() == pytest.approx([0, 0.0404499, 0.461356, 0.735357, 1], abs=1e-5)


def test_a_pen_draws_areas_of_the_right_size() -> None:
    pen = Pen()
    pen.at(0.2, -0.1, 0.5, 30).disc(0, 0, 1, Ink.RED)
    unit = np.asarray(pen.image).shape[0] / (2 * EXTENT)
    assert (np.asarray(pen.image) == Ink.RED).sum() / unit**2 == pytest.approx(np.pi / 4, rel=0.02)
    rows, columns = np.nonzero(np.asarray(pen.image))
    assert columns.mean() / unit - EXTENT == pytest.approx(0.2, abs=0.01)
    assert rows.mean() / unit - EXTENT == pytest.approx(-0.1, abs=0.01)
    line = Pen()
    line.stroke([(-0.5, 0), (0.5, 0)], 0.2, Ink.BLACK)
    assert (np.asarray(line.image) > 0).sum() / unit**2 == pytest.approx(0.2, rel=0.05)
    assert arc(0, 0, 1, 0, 90)[-1] == pytest.approx((0, 1))


def test_contact_sheet_has_every_class_in_each_row() -> None:
    rows = small(size=32).contact_sheet()
    assert list(rows) == ['drawn', 'rendered 1', 'rendered 2', 'rendered 3']
    assert all(images.shape == (43, 3, 32, 32) for images in rows.values())
    assert all(images.dtype == np.uint8 for images in rows.values())


def test_options_name_the_folder(tmp_path: Path) -> None:
    options: list[dict[str, Any]] = [{}, {'seed': 1}, {'size': 17}, {'train': 91}, {'val': 44}, {'test': 8}]
    folders = {small(root=str(tmp_path), **changed).folder for changed in options}
    assert len(folders) == len(options)
    assert all(folder.name.startswith('signs-rendered-') for folder in folders)


def test_it_is_stored_with_images_and_labels_apart(tmp_path: Path) -> None:
    signs = small(root=str(tmp_path))
    assert signs.images('train').shape == (90, 3, 16, 16)
    assert signs.manifest()['counts']['val'] == dict.fromkeys(SIGNS, 1)
    assert {path.name for path in signs.folder.glob('test.*')} == {
        'test.images.npy',
        'test.labels.npy',
        'test.ids.npy',
    }


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'seed': -1}, 'expected `seed` of at least 0, got -1'),
        ({'size': 8}, 'expected `size` from 16 to 64, got 8'),
        ({'size': 128}, 'expected `size` from 16 to 64, got 128'),
        ({'train': 0}, 'expected `train` of at least 1, got 0'),
        ({'test': -2}, 'expected `test` of at least 1, got -2'),
    ],
)
def test_arguments_are_checked(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SynSigns(**arguments)
