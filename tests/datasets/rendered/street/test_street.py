"""Street vehicles by day and by night."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from dann.core.errors import CheckError, RunError
from dann.datasets.rendered.street import Scenes, Street, day, night, paired_examples, picture, render, sample
from dann.datasets.rendered.street import dataset as dataset_module
from dann.datasets.rendered.street import render as render_function
from dann.datasets.rendered.street.backdrop import Surface
from dann.datasets.rendered.street.camera import READ_NOISE, Shot, blur_matrix, expose, tone
from dann.datasets.rendered.street.geometry import SAMPLES, cover
from dann.datasets.rendered.street.light import Illumination, Lights
from dann.datasets.rendered.street.paint import LIGHT, paint, painted_dark, repainted
from dann.datasets.rendered.street.scene import CLASSES, DICE
from dann.datasets.rendered.street.shading import shade

SEVERITIES = (0.0, 0.25, 0.5, 0.75, 1.0)


def small(domain: Any, **options: Any) -> Street:
    return Street(domain, size=24, train=16, val=9, test=8, **options)


def scenes(count: int = 16, seed: int = 3) -> Scenes:
    generator = np.random.default_rng(seed)
    return sample(np.arange(count, dtype=np.int64) % len(CLASSES), generator)


def with_die(given: Scenes, name: str, value: float) -> Scenes:
    random = given.random.copy()
    random[:, DICE.index(name)] = value
    return replace(given, random=random)


def coverage(given: Scenes, size: int = 24) -> NDArray[Any]:
    """Vehicle masks, shape ``(B, 1, S, S)``."""
    masks = [picture(given[index : index + 1], day, size).vehicle for index in range(len(given))]
    return np.stack(masks)


@pytest.mark.parametrize('domain', ['day', 'night'])
def test_same_arguments_same_bits(domain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = small(domain, seed=5).make()
    monkeypatch.setattr('os.cpu_count', lambda: 1)
    second = small(domain, seed=5).make()
    other = small(domain, seed=6).make()
    for split, samples in first.items():
        assert (samples.images == second[split].images).all()
        assert (samples.labels == second[split].labels).all()
        assert (samples.images != other[split].images).any()


@pytest.mark.parametrize('illumination', [day, night(0.7)], ids=['day', 'night'])
def test_a_scene_looks_the_same_in_any_company(illumination: Illumination) -> None:
    given = scenes()
    together = render(given, illumination, 24)
    for index in (0, 9, 15):
        assert (render(given[index : index + 1], illumination, 24)[0] == together[index]).all()


def test_shapes_types_and_ids() -> None:
    drawn = small('night').make()
    assert {split: samples.images.shape for split, samples in drawn.items()} == {
        'train': (16, 3, 24, 24),
        'val': (9, 3, 24, 24),
        'test': (8, 3, 24, 24),
    }
    for samples in drawn.values():
        assert samples.images.dtype == np.uint8
        assert samples.labels.dtype == np.int64
    assert drawn['train'].ids[7] == 'street-night-train-000007'
    assert len({name for samples in drawn.values() for name in samples.ids}) == 33


def test_classes_are_balanced_and_shuffled() -> None:
    labels = Street('day', size=16, train=45, val=1, test=1).make()['train'].labels
    counts = np.bincount(labels, minlength=len(CLASSES))
    assert counts.min() == 5
    assert counts.max() == 6
    assert (labels != np.arange(45) % len(CLASSES)).any()


def test_no_scene_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Scenes] = []

    def spy(given: Scenes, illumination: Illumination, size: int) -> NDArray[np.uint8]:
        seen.append(given)
        return render_function(given, illumination, size)

    monkeypatch.setattr(dataset_module, 'render', spy)
    drawn = [small(domain).make() for domain in ('day', 'night')]
    paired_examples(9, size=16)
    rows = np.concatenate([given.random for given in seen])
    assert len(np.unique(seen[-1].random, axis=0)) == 9
    assert len(np.unique(rows, axis=0)) == 2 * 33 + 9
    hashes = {
        hashlib.sha256(x.tobytes()).digest() for domain in drawn for s in domain.values() for x in s.images
    }
    assert len(hashes) == 2 * 33


def test_vehicles_fill_the_frame() -> None:
    masks = coverage(scenes(16), 48)[:, 0] > 0.5
    assert masks.any(axis=1).sum(axis=1).mean() > 36  # columns of 48
    assert masks.any(axis=1).sum(axis=1).min() > 24
    assert masks.mean(axis=(1, 2)).min() > 0.12


def test_luminance_falls_with_severity() -> None:
    given = scenes(16)
    region = coverage(given)
    means = [(render(given, night(severity), 24) * region).sum() / region.sum() for severity in SEVERITIES]
    assert (render(given, day, 24) * region).sum() / region.sum() > means[0]
    assert all(later < 0.98 * earlier for earlier, later in pairwise(means)), means


def test_noise_rises_with_severity() -> None:
    given = scenes(16)
    region = np.broadcast_to(coverage(given), (16, 3, 24, 24)) > 0.99

    def relative(illumination: Illumination) -> float:
        clean = render(given, illumination, 24, noisy=False).astype(float)
        noise = render(given, illumination, 24) - clean
        return float(noise[region].std() / clean[region].mean())

    levels = [relative(day), *(relative(night(severity)) for severity in SEVERITIES)]
    assert all(later > 1.05 * earlier for earlier, later in pairwise(levels)), levels


@pytest.mark.parametrize(('yellow', 'same_paint'), [(0.05, True), (0.3, False), (0.8, True)])
def test_a_taxi_is_a_sedan_with_a_sign(yellow: float, same_paint: bool) -> None:
    given = with_die(scenes(8), 'yellow', yellow)
    sedan = picture(replace(given, labels=np.zeros(8, np.int64)), night(0.7))
    taxi = picture(replace(given, labels=np.ones(8, np.int64)), night(0.7))
    changed = (sedan.radiance != taxi.radiance).any(axis=1)
    assert changed.any(axis=(1, 2)).all()
    assert (taxi.vehicle[changed] > 0).all()
    assert (taxi.vehicle >= sedan.vehicle).all()
    share = changed.sum() / (taxi.vehicle > 0).sum()
    assert share < 0.25 if same_paint else share > 0.3
    if yellow == 0.8:  # no chequers either: the sign alone, above the sedan's middle
        rows = np.nonzero(changed)[1].reshape(-1)
        assert rows.max() < np.nonzero(sedan.vehicle)[1].mean() + 4


def test_pairs_show_one_scene_under_several_lights() -> None:
    labels, days, nights = paired_examples(10, severity=0.7, seed=1, size=24)
    assert labels.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 0, 1]
    assert list(nights) == [0.0, 0.7, 1.0]
    assert all(images.shape == days.shape == (10, 3, 24, 24) for images in nights.values())
    assert days.mean() > nights[0.0].mean() > nights[0.7].mean() > nights[1.0].mean()


def test_cover_matches_a_point_in_polygon_loop() -> None:
    generator = np.random.default_rng(0)
    triangle = generator.uniform(0, 12, (1, 1, 3, 2)).astype(np.float32)
    triangle = np.concatenate([triangle, triangle[:, :, -1:]], axis=2)
    disc = np.array([[[[6, 6], [9, 7], [5, 8], [5, 8]]]], dtype=np.float32)
    corners = np.concatenate([triangle, disc], axis=1)
    top = cover(corners, np.array([False, True]), np.ones((1, 2), bool), 12)[0]
    axes = np.linalg.inv((disc[0, 0, 1:3] - disc[0, 0, 0]).T.astype(float))
    for row in range(12 * SAMPLES):
        for column in range(12 * SAMPLES):
            place = (np.array([column, row]) + 0.5) / SAMPLES
            edges = [(triangle[0, 0, i], triangle[0, 0, (i + 1) % 3]) for i in range(3)]
            sides = [(b[0] - a[0]) * (place[1] - a[1]) - (b[1] - a[1]) * (place[0] - a[0]) for a, b in edges]
            inside = all(side > 0 for side in sides) or all(side < 0 for side in sides)
            in_disc = np.square(axes @ (place - disc[0, 0, 0])).sum() <= 1
            assert top[row, column] == (2 if in_disc else int(inside))


def test_shade_matches_a_loop_over_channels() -> None:
    generator = np.random.default_rng(1)

    def draw(*shape: int) -> NDArray[Any]:
        return generator.uniform(0.1, 1, shape)

    unit = draw(1, 3, 2) - 0.5
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    surface = Surface(draw(1, 3, 2), unit, draw(1, 3, 2), draw(1, 2), draw(1, 3, 2))
    lights = Lights(draw(1, 3), draw(1, 3), draw(1, 3), draw(1, 2, 3), draw(1, 2, 3) + 2, draw(1), draw(1))
    sunlit, sky_left = draw(1, 2), draw(1, 2)
    radiance = shade(surface, lights, sunlit, sky_left)
    for place in range(2):
        normal, a = surface.normals[0, :, place], sky_left[0, place]
        for channel in range(3):
            sun, sky = lights.sun[0, channel], lights.sky[0, channel]
            light = (
                sun * max(normal @ lights.sun_direction[0], 0) * sunlit[0, place]
                + sky * a * (1 + normal[2]) / 2
            )
            light += 0.12 * (sky + sun * lights.sun_direction[0, 2]) * a * (1 - normal[2]) / 2
            for lamp in range(2):
                offset = lights.lamp_places[0, lamp] - surface.points[0, :, place]
                cosine = max(normal @ offset, 0) / np.linalg.norm(offset)
                light += lights.lamps[0, lamp, channel] * cosine / (offset @ offset) * (0.3 + 0.7 * a)
            mirror = surface.gloss[0, place] * a * sky / np.pi * (1 + 2 * max(normal[2], 0)) / 3
            glow = lights.electric[0] * surface.glow[0, channel, place]
            expected = surface.albedo[0, channel, place] * light / np.pi + mirror + glow
            assert radiance[0, channel, place] == pytest.approx(expected)


def test_tone_is_the_srgb_curve() -> None:
    expected = [0, 0, 0.0031308 * 12.92, 0.461356, 0.735357, 1, 1]
    assert tone(np.array([-1, 0, 0.0031308, 0.18, 0.5, 1, 7])) == pytest.approx(expected, abs=1e-5)


def test_blur_keeps_a_constant_and_has_its_deviation() -> None:
    matrix = blur_matrix(np.array([0.3, 2.0]), 48)
    assert matrix @ np.ones(48) == pytest.approx(np.ones((2, 48)))
    assert matrix[1, 24] @ np.square(np.arange(48) - 24.0) == pytest.approx(4, rel=0.01)


def test_sensor_variance_is_signal_plus_read_noise() -> None:
    one = np.ones(1, dtype=np.float32)
    shot = Shot(
        stops=0 * one, balance=np.ones((1, 3), np.float32), focus=0 * one, motion=0 * one, glare=0 * one
    )
    grey = np.full((1, 3, 64, 64), 0.5, dtype=np.float32)  # cd/m^2
    image = expose(grey, shot, np.array([4], np.uint32))[0] / 255
    linear = np.where(image <= 0.04045, image / 12.92, ((image + 0.055) / 1.055) ** 2.4)
    white = 60 * 0.501 / 0.18
    electrons = linear * white
    assert electrons.mean() == pytest.approx(30, rel=0.02)
    assert electrons.var() == pytest.approx(30 + READ_NOISE**2, rel=0.1)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'domain': 'dusk'}, r"expected `domain` to be one of \('day', 'night'\), got 'dusk'"),
        ({'severity': 1.5}, r'expected `severity` in \[0, 1\], got 1.5'),
        ({'seed': -1}, 'expected `seed` of at least 0, got -1'),
        ({'size': 8}, 'expected `size` of at least 16, got 8'),
        ({'train': 0}, 'expected `train` of at least 1, got 0'),
        ({'test': -3}, 'expected `test` of at least 1, got -3'),
    ],
)
def test_arguments_are_checked(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Street(**arguments)


def test_pairs_are_checked() -> None:
    with pytest.raises(ValueError, match='expected `count` of at least 1, got 0'):
        paired_examples(0)
    with pytest.raises(ValueError, match=r'expected `severity` in \[0, 1\], got 2'):
        paired_examples(1, severity=2)


def test_severity_is_an_option_of_the_night_only(tmp_path: Path) -> None:
    days = [Street('day', severity, root=str(tmp_path)).folder for severity in (0.2, 0.7)]
    nights = [Street('night', severity, root=str(tmp_path)).folder for severity in (0.2, 0.7)]
    assert days[0] == days[1]
    assert nights[0] != nights[1]


def test_prepare_draws_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    street = small('night', root=str(tmp_path))
    street.prepare()
    manifest = json.loads((street.folder / 'manifest.json').read_text())
    assert manifest['counts']['train'] == dict.fromkeys(CLASSES, 2)
    assert sum(manifest['counts']['val'].values()) == 9
    path = street.folder / 'test.images.npy'
    assert manifest['sha256']['test.images.npy'] == hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(Street, 'make', lambda self: pytest.fail('drawn twice'))
    street.prepare()
    assert street.images('test').shape == (8, 3, 24, 24)
    assert street.labels('test').shape == (8,)


def test_a_truncated_file_is_reported(tmp_path: Path) -> None:
    street = small('day', root=str(tmp_path))
    street.prepare()
    path = street.folder / 'train.images.npy'
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(RunError, match=r'train.images.npy is missing or not what its manifest says; delete'):
        street.images('train')


def test_groups_by_paint_tell_dark_vehicles_from_light_ones_and_change_no_image(tmp_path: Path) -> None:
    counts: dict[str, Any] = {'train': 64, 'val': 8, 'test': 8, 'root': str(tmp_path)}
    plain, grouped = Street('day', **counts), Street('day', groups='paint', **counts)
    assert plain.group_names == ()
    assert grouped.group_names == ('dark', 'light')
    assert torch.equal(plain.images('train'), grouped.images('train'))
    assert plain.folder != grouped.folder
    groups = grouped.groups('train')
    assert 0.2 < (groups == 0).double().mean() < 0.55  # five paints of twelve, and no yellow one
    with pytest.raises(CheckError, match="to be 'paint' or None, got 'size'"):
        Street('day', groups='size')  # type: ignore[arg-type]


def test_a_yellow_vehicle_and_a_white_one_are_light() -> None:
    given = sample(np.zeros(2000, np.int64), np.random.default_rng(0))
    body = np.asarray(paint(given).albedo) @ np.array([0.2126, 0.7152, 0.0722])
    dark = painted_dark(given) == 0
    assert body[dark].max() < 0.2 <= body[~dark].min()


def test_paint_tells_the_class_of_as_many_vehicles_as_asked_for() -> None:
    given = scenes(4000)
    light = np.isin(given.labels, [CLASSES.index(name) for name in LIGHT])
    for share in (0.0, 0.5, 1.0):
        found = repainted(given, share, np.random.default_rng(0))
        same = (painted_dark(found) == 1) == light
        before = ((painted_dark(given) == 1) == light).mean()
        assert same.mean() == pytest.approx(before + share * (1 - before), abs=0.02)
        others = [place for place, name in enumerate(DICE) if name not in ('paint', 'yellow')]
        assert np.array_equal(found.random[:, others], given.random[:, others])
    assert np.array_equal(repainted(given, 0.0, np.random.default_rng(0)).random, given.random)


def test_a_link_is_an_option_of_the_images_and_repeats(tmp_path: Path) -> None:
    counts: dict[str, Any] = {'size': 16, 'train': 32, 'val': 8, 'test': 8, 'groups': 'paint'}
    linked = [Street('day', linked=1.0, root=str(tmp_path / name), **counts) for name in 'ab']
    plain = Street('day', root=str(tmp_path / 'a'), **counts)
    assert torch.equal(linked[0].images('train'), linked[1].images('train'))
    assert not torch.equal(linked[0].images('train'), plain.images('train'))
    assert 'linked' not in plain.options()
    light = torch.tensor([CLASSES[label] in LIGHT for label in linked[0].labels('train').tolist()])
    assert torch.equal(linked[0].groups('train') == 1, light)
    with pytest.raises(CheckError, match=r'`linked` in \[0, 1\], got 2'):
        Street('day', linked=2)
