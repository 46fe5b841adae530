"""The images that are compared, and labels of the source alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from toy import Toy

from dann.core.errors import CheckError, UserError
from dann.datasets import DomainPair
from dann.datasets.in_memory import InMemory
from dann.shift.domains import load_domains


def pair(**sizes: Any) -> DomainPair:
    made = DomainPair(Toy('a', **sizes), Toy('b', **sizes))
    made.prepare_data()
    return made


def test_a_sample_is_of_both_domains_with_labels_of_the_source() -> None:
    both = pair(test=40)
    found = load_domains(both, 'test', samples=30, seed=1)
    assert found.names == ('toy/a', 'toy/b')
    assert (len(found.source), len(found.target)) == (30, 30)
    order = np.random.default_rng([1, 0]).permutation(40)[:30]
    assert found.labels is not None
    assert (found.labels == both.source.labels('test').numpy()[order]).all()
    assert torch.equal(found.source[:], both.source.images('test')[torch.from_numpy(order)])
    assert found.image_shape == (3, 8, 8)
    assert all(batch.min() >= 0 and batch.max() <= 1 for batch in found.batches('target', 16))


def test_halves_share_no_image_and_those_of_the_target_have_no_labels() -> None:
    both = pair(test=40)
    found = load_domains(both, 'test', samples=100, seed=0, halves='source')
    assert found.parts == ('source', 'source')
    assert found.names == ('toy/a, one half', 'toy/a, the other half')
    assert (len(found.source), len(found.target)) == (20, 20)
    images = torch.cat([found.source[:], found.target[:]])
    assert len({image.numpy().tobytes() for image in images}) == 40
    assert found.labels is not None
    assert load_domains(both, 'test', samples=100, seed=0, halves='target').labels is None


def test_what_cannot_be_sampled_is_refused() -> None:
    with pytest.raises(UserError, match='the test split of toy/a has 12 images, needs 20'):
        load_domains(pair(), 'test', samples=30, seed=0)
    with pytest.raises(CheckError, match='`samples` of at least 20, got 3'):
        load_domains(pair(), 'test', samples=3, seed=0)
    with pytest.raises(CheckError, match='`split` to be one of'):
        load_domains(pair(), 'all', samples=30, seed=0)


def test_too_few_images_are_told_which_split_has_enough() -> None:
    small = pair()
    largest = max(('train', 'val', 'test'), key=lambda split: len(small.source.images(split)))
    assert len(small.source.images(largest)) >= 20
    with pytest.raises(UserError, match=f'take the {largest} split of .*: --split {largest}'):
        load_domains(small, 'test', samples=30, seed=0)
    tiny = DomainPair(
        InMemory('a', torch.zeros(18, 3, 4, 4, dtype=torch.uint8), small.target.classes), small.target
    )
    with pytest.raises(UserError, match=r'has 2 images, needs 20; no split of its \d+ images .* add images'):
        load_domains(tiny, 'test', samples=30, seed=0)
