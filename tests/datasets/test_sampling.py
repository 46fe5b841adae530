"""Classes and groups are drawn equally often where that is asked for."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from fair_views import split
from toy import Toy

from dann.core.errors import CheckError, UserError
from dann.core.fairness import cells
from dann.datasets import DomainPair
from dann.datasets.sampling import drawn_by, sampling_weights


@pytest.mark.parametrize('by', ['class', 'group', 'class_group'])
def test_every_cell_has_the_same_probability_and_is_drawn_as_often(by: Any) -> None:
    labels, groups = split()
    weights = sampling_weights(by, labels, groups, 4, 'a')
    assert weights is not None
    assert float(weights.sum()) == pytest.approx(1)
    own = cells(by, labels, groups, 4)
    totals = torch.zeros(200, dtype=torch.float64).index_add(0, own, weights)
    there = totals[totals > 0]
    assert there.tolist() == pytest.approx([1 / len(there)] * len(there))
    drawn = torch.cat([own[drawn_by(weights, 64, 0, step)] for step in range(200)])
    shares = torch.bincount(drawn, minlength=200)[totals > 0] / len(drawn)
    assert shares.tolist() == pytest.approx([1 / len(there)] * len(there), abs=0.012)


def test_a_step_is_a_function_of_seed_and_step() -> None:
    weights = torch.full((50,), 0.02)
    assert torch.equal(drawn_by(weights, 8, 1, 3), drawn_by(weights, 8, 1, 3))
    assert not torch.equal(drawn_by(weights, 8, 1, 3), drawn_by(weights, 8, 1, 4))
    assert not torch.equal(drawn_by(weights, 8, 1, 3), drawn_by(weights, 8, 2, 3))


def pair(**options: Any) -> DomainPair:
    made = DomainPair(
        Toy('a', groups=('dusk', 'night')), Toy('b'), batch_size=8, steps_per_epoch=4, **options
    )
    made.prepare_data()
    made.setup()
    return made


def test_batches_of_a_pair_hold_labels_and_groups_of_the_images_that_were_drawn() -> None:
    plain, drawn = pair(), pair(sampling='group')
    for ours, theirs in zip(drawn.train_dataloader(), plain.train_dataloader(), strict=True):
        assert torch.equal(ours['target'], theirs['target'])  # whose order stays
        assert not torch.equal(ours['source'][0], theirs['source'][0])
        distance = torch.cdist(
            ours['source'][0].flatten(1), drawn.images['source', 'train'][:].flatten(1) / 255
        )
        place = distance.argmin(dim=1)
        assert torch.equal(drawn.labels['train'][place], ours['source'][1])
        assert torch.equal(drawn.groups['train'][place], ours['source_groups'])


def test_groups_that_are_not_there_cannot_be_drawn() -> None:
    made = DomainPair(Toy('a'), Toy('b'), batch_size=8, sampling='class_group')
    made.prepare_data()
    with pytest.raises(UserError, match='`sampling: class_group` draws by group: toy/a has no groups'):
        made.setup()
    with pytest.raises(CheckError, match=r"`sampling` to be one of .*, got 'rare'"):
        pair(sampling='rare')
