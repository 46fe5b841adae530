"""The script that times random crops."""

from __future__ import annotations

import sys

import pytest
import torch

from dann.benchmarks.augmentation import main, ours, rates, theirs
from dann.datasets.augment import Augment, resample_each


def test_both_ways_draw_what_training_draws() -> None:
    images = torch.randint(256, (5, 3, 70, 70), generator=torch.Generator().manual_seed(1)).to(torch.uint8)
    expected = Augment(crop=64, flip=True)(images, torch.Generator().manual_seed(0))
    assert torch.equal(ours(64, resample_each)(images), expected)


def test_the_first_round_is_not_counted() -> None:
    seen: list[str] = []

    def way(images: torch.Tensor) -> torch.Tensor:
        seen.append('called')
        return images.double().repeat(200, 1).exp()  # some work, or no time has passed

    found = rates({'work': way}, torch.rand(100, 1000), rounds=2)
    assert len(seen) == 3
    assert len(found['work']) == 2
    assert min(found['work']) > 0


def test_it_prints_rates_and_says_what_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, 'torchvision', None)
    assert theirs(8) is None
    main(['--stored', '40', '--crop', '32', '--batch', '64', '--rounds', '1'])
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.startswith('at once')
    assert '1.00 times' in first
    assert second.startswith('each')
    assert last == 'torchvision is not installed'
