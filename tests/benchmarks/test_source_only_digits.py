"""The loop that looks for what source-only on digits depends on."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from dann.benchmarks import source_only_digits
from dann.benchmarks.source_only_digits import (
    BASE,
    CHANGES,
    accuracy,
    batches,
    digits,
    lenet,
    main,
    scaled,
    trained,
)


class Sketched:
    """Bright squares whose place is their class, in both splits."""

    def __init__(self, size: int = 28, **_: object) -> None:
        self.size = size

    def images(self, split: str) -> Tensor:
        images = torch.zeros(40, 3, self.size, self.size, dtype=torch.uint8)
        for place, label in enumerate(self.labels(split)):
            images[place, :, 2 * label : 2 * label + 2] = 255
        return images

    def labels(self, split: str) -> Tensor:
        return torch.arange(40) % 10


def test_every_change_is_of_one_recipe_and_only_the_last_is_of_several_things() -> None:
    assert next(iter(CHANGES.values())) == BASE
    for name, recipe in list(CHANGES.items())[1:-1]:
        changed = [field for field in BASE.__slots__ if getattr(recipe, field) != getattr(BASE, field)]
        assert len(changed) == (2 if 'batches' in name else 1)


def test_a_margin_keeps_28_pixels_and_is_black() -> None:
    images, labels = digits(Sketched(20), 'train', 4)  # type: ignore[arg-type]
    assert images.shape == (40, 1, 28, 28)
    assert int(images[:, :, :4].max()) == int(images[:, :, :, 24:].max()) == 0
    assert int(images[labels == 0][:, :, 4:6, 4:24].min()) == 255


def test_pixels_are_scaled_and_every_image_comes_once_a_pass() -> None:
    black_and_white = torch.tensor([0, 255], dtype=torch.uint8)
    assert scaled(black_and_white, BASE).tolist() == [-1, 1]
    assert scaled(black_and_white, replace(BASE, lowest=0.0)).tolist() == [0, 1]
    seen = list(batches(128, replace(BASE, steps=4), torch.Generator().manual_seed(0)))
    assert sorted(torch.cat(seen[:2]).tolist()) == sorted(torch.cat(seen[2:]).tolist()) == list(range(128))
    assert not torch.equal(torch.cat(seen[:2]), torch.cat(seen[2:]))


def test_the_loop_learns_and_is_the_same_for_a_seed() -> None:
    images, labels = digits(Sketched(), 'train')  # type: ignore[arg-type]
    recipe = replace(BASE, steps=100, batch=20)
    one, other = (trained(recipe, images, labels, 0) for _ in range(2))
    assert accuracy(one, recipe, images, labels) == 1.0
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
    norms = [layer for layer in lenet(replace(BASE, batch_norm=True)) if 'BatchNorm' in type(layer).__name__]
    assert len(norms) == 3
    assert isinstance(norms[2], nn.BatchNorm1d)


def test_the_command_prints_a_line_a_change(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    short = {name: replace(recipe, steps=2) for name, recipe in CHANGES.items()}
    monkeypatch.setattr(source_only_digits, 'CHANGES', short)
    monkeypatch.setattr(source_only_digits, 'USPS', Sketched)
    monkeypatch.setattr(source_only_digits, 'MNIST', Sketched)
    assert main(['--seeds', '1']) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in CHANGES)
    assert printed.count('\n|') == len(CHANGES) + 2


def test_a_count_of_no_seeds_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(['--seeds', '0'])
    assert 'expected --seeds above 0, got 0' in capsys.readouterr().err


def test_without_the_data_the_error_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    monkeypatch.setenv('DANN_DATA', str(tmp_path))
    monkeypatch.setenv('DANN_CACHE', str(tmp_path))
    assert main([]) == 2
    assert 'dann: ' in capsys.readouterr().err
