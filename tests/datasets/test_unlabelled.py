"""Batches of images without labels: every image of both domains at most once in a pass."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from dann.core.errors import CheckError
from dann.datasets.augment import Augment
from dann.datasets.unlabelled import Unlabelled


def numbered(count: int, first: int, side: int = 2) -> Tensor:
    """Images each of one grey, which tells which it is."""
    return torch.arange(first, first + count, dtype=torch.uint8)[:, None, None, None].expand(
        -1, 3, side, side
    )


def batches(size: int, seed: int = 0, augment: Augment | None = None) -> Unlabelled:
    same = augment or Augment()
    return Unlabelled([(numbered(7, 0), same), (numbered(4, 100), same)], size, seed)


def shown(batch: Tensor) -> list[int]:
    return (batch[:, 0, 0, 0] * 255).round().long().tolist()


ALL = sorted([*range(7), *range(100, 104)])


@pytest.mark.parametrize('size', [2, 4, 11])
def test_no_image_comes_twice_in_a_pass(size: int) -> None:
    data, steps = batches(size), 11 // size
    for number in range(9):
        drawn = [each for step in range(steps) for each in shown(data[number * steps + step])]
        assert len(drawn) == len({*drawn}) == steps * size


@pytest.mark.parametrize('size', [2, 4, 11])
def test_every_image_of_both_domains_comes_as_often_as_any_other(size: int) -> None:
    data, passes = batches(size), 400
    drawn = [each for step in range(passes * (11 // size)) for each in shown(data[step])]
    share = (11 // size) * size / 11
    bound = 5 * (passes * share * (1 - share)) ** 0.5  # five deviations of a binomial count
    assert all(abs(drawn.count(number) - passes * share) <= bound for number in ALL)


def test_passes_differ_in_their_order() -> None:
    data = batches(11)
    assert shown(data[0]) != shown(data[1])


def test_a_batch_of_more_images_than_there_are_is_refused() -> None:
    with pytest.raises(
        CheckError, match='at most the 11 training images of both domains, got 12; lower that'
    ):
        batches(12)


def test_a_batch_is_a_function_of_seed_and_step() -> None:
    moved = Augment(1)
    one, other = batches(5, augment=moved), batches(5, augment=moved)
    other[9]
    assert torch.equal(one[3], other[3])
    assert not torch.equal(one[3], batches(5, seed=1, augment=moved)[3])
    assert shown(one[0]) != shown(one[3])


def test_each_domain_is_augmented_as_it_is_in_training_and_cropped_to_one_size() -> None:
    crop = Augment(crop=2)
    data = Unlabelled([(numbered(3, 0, 4), crop), (numbered(3, 100, 6), crop.of('target'))], 6, 0)
    assert data[0].shape == (6, 3, 2, 2)
    images = torch.randint(0, 255, (4, 3, 4, 4), dtype=torch.uint8)
    only = Augment(1, domains='source')
    target = Unlabelled([(images, only.of('target'))], 4, 0)[0]
    assert {tuple(each.flatten().tolist()) for each in target} == {
        tuple(each.flatten().tolist()) for each in images.float() / 255
    }


def test_features_are_refused() -> None:
    with pytest.raises(CheckError, match='got features; leave `pretraining` out'):
        Unlabelled([(torch.zeros(4, 3), Augment())], 2, 0)
