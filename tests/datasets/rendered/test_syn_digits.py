"""Synthetic numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from dann.datasets.rendered import syn_digits
from dann.datasets.rendered.digits import DIGITS
from dann.datasets.rendered.random_batch import RandomBatch
from dann.datasets.rendered.syn_digits import SynDigits, numbers


def small(**options: Any) -> SynDigits:
    return SynDigits(**{'size': 16, 'train': 45, 'val': 10, 'test': 7} | options)


def test_same_arguments_same_images() -> None:
    first, second, other = (small(seed=seed).make() for seed in (5, 5, 6))
    for split, samples in first.items():
        assert (samples.images == second[split].images).all()
        assert (samples.labels == second[split].labels).all()
        assert (samples.images != other[split].images).any()


def test_shapes_counts_balance_and_ids() -> None:
    made = small().make()
    assert {split: samples.images.shape for split, samples in made.items()} == {
        'train': (45, 3, 16, 16),
        'val': (10, 3, 16, 16),
        'test': (7, 3, 16, 16),
    }
    counts = np.bincount(made['train'].labels, minlength=10)
    assert (counts.min(), counts.max()) == (4, 5)
    assert (made['train'].labels != np.arange(45) % 10).any()
    assert made['test'].ids[3] == 'digits/synthetic/0/test/000003'
    assert len({name for samples in made.values() for name in samples.ids}) == 62
    assert all(samples.images.dtype == np.uint8 for samples in made.values())
    assert all(samples.labels.dtype == np.int64 for samples in made.values())


def writings(digit: int, count: int, seed: int = 0) -> Tensor:
    generator = np.random.default_rng(seed)
    return torch.stack([syn_digits._write(digit, generator) for _ in range(count)])


def test_numbers_have_one_to_three_digits() -> None:
    ink = writings(8, 200)[:, 0] > 0.5
    third = syn_digits.SHEET // 3
    left, right = ink[..., :third].any(dim=(1, 2)), ink[..., -third:].any(dim=(1, 2))
    shares = [(left & right), (left ^ right), ~(left | right)]
    assert all(0.2 < float(share.float().mean()) < 0.5 for share in shares), shares
    assert 0.35 < left.float().mean() < 0.65
    assert 0.35 < right.float().mean() < 0.65


def test_the_digit_of_the_label_is_in_the_middle() -> None:
    strip = slice(syn_digits.SHEET // 2 - 14, syn_digits.SHEET // 2 + 14)
    means = [writings(digit, 60, 10 + digit)[:, 0, :, strip].mean(dim=0).flatten() for digit in range(10)]
    others = [writings(digit, 30, 90 + digit)[:, 0, :, strip].flatten(1) for digit in range(10)]
    average = torch.stack(means).mean(dim=0)
    templates = F.normalize(torch.stack(means) - average)
    right = [((F.normalize(x - average) @ templates.T).argmax(dim=1) == d) for d, x in enumerate(others)]
    assert torch.cat(right).float().mean() > 0.95  # less where neighbours reach into it


def test_neighbours_say_nothing_about_the_label() -> None:
    side = slice(0, syn_digits.SHEET // 5)
    ink = [float(writings(digit, 150, 5)[:, 0, :, side].mean()) for digit in (0, 1, 5)]
    assert max(ink) < 1.6 * min(ink)


def test_an_outline_goes_around_the_ink_of_some() -> None:
    written = writings(3, 100)
    assert (written[:, 1] >= written[:, 0] - 1e-6).all()
    outlined = (written[:, 1] - written[:, 0]).amax(dim=(1, 2)) > 0.5
    assert 0.2 < outlined.float().mean() < 0.5


def test_ink_is_unlike_the_background() -> None:
    random = RandomBatch(np.random.default_rng(0), 500)
    paper = random.uniform(0, 1, 3)
    distance = (syn_digits._unlike(paper, random) - paper).square().sum(dim=1).sqrt().flatten()
    assert distance.quantile(0.01) > 0.35
    assert distance.mean() > 0.8


def test_pictures_vary_in_colour_and_none_is_empty() -> None:
    images = numbers(np.arange(300) % 10, 32, np.random.default_rng(2)) / 255
    assert images.mean(axis=(0, 2, 3)) == pytest.approx(np.full(3, 0.5), abs=0.06)
    contrast = images.std(axis=(2, 3)).max(axis=1)
    assert contrast.min() > 0.03
    assert len(np.unique(images.reshape(300, -1), axis=0)) == 300


def test_contact_sheet_has_every_digit_in_each_row() -> None:
    rows = small(size=32).contact_sheet()
    assert list(rows) == ['synthetic 1', 'synthetic 2', 'synthetic 3']
    assert all(images.shape == (10, 3, 32, 32) for images in rows.values())


def test_options_name_the_folder(tmp_path: Path) -> None:
    options: list[dict[str, Any]] = [{}, {'seed': 1}, {'size': 17}, {'train': 91}, {'val': 44}, {'test': 8}]
    folders = {small(root=str(tmp_path), **changed).folder for changed in options}
    assert len(folders) == len(options)


def test_it_is_stored(tmp_path: Path) -> None:
    digits = small(root=str(tmp_path))
    assert digits.images('val').shape == (10, 3, 16, 16)
    assert sorted(digits.labels('val').tolist()) == list(range(10))
    assert digits.manifest()['counts']['val'] == dict.fromkeys(DIGITS, 1)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'seed': -1}, 'expected `seed` of at least 0, got -1'),
        ({'size': 8}, 'expected `size` from 16 to 64, got 8'),
        ({'val': 0}, 'expected `val` of at least 1, got 0'),
    ],
)
def test_arguments_are_checked(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SynDigits(**arguments)
