"""A domain that is an array in memory."""

from __future__ import annotations

import pytest
import torch
from training import fit, make, module

from dann.core.registry import registered
from dann.datasets import DomainDataset, DomainPair
from dann.datasets.in_memory import InMemory

SAMPLES = torch.randint(0, 256, (20, 3, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(20) % 3


def test_all_samples_are_in_training_and_no_id_is_in_two_splits() -> None:
    domain = InMemory('a', SAMPLES, ['x', 'y', 'z'], LABELS)
    assert torch.equal(torch.as_tensor(domain.images('train')[:]), SAMPLES)
    assert torch.equal(domain.labels('train'), LABELS)
    ids = [each for split in ('train', 'val', 'test') for each in domain.ids(split)]
    assert len(ids) == len({*ids}) == 24
    assert domain.image_shape == (3, 8, 8)
    assert domain.manifest()['counts'] == {'train': 20}


def test_a_domain_without_labels_is_a_target_and_gives_none() -> None:
    target = InMemory('b', SAMPLES, ['x', 'y', 'z'])
    assert not target.labelled
    with pytest.raises(ValueError, match='b has no labels'):
        target.labels('train')
    pair = DomainPair(InMemory('a', SAMPLES, ['x', 'y', 'z'], LABELS), target, 8, 3)
    assert fit(module(make('CORAL')), pair, epochs=1, trainer={'limit_val_batches': 0}).global_step == 3


def test_it_is_no_data_set_to_choose() -> None:
    assert 'InMemory' not in registered(DomainDataset, 'dann.datasets')
