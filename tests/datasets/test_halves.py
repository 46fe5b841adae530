"""Two halves of one domain share no sample, and each keeps samples, labels and names together."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from toy import Toy

from dann.core.errors import CheckError
from dann.datasets import DomainPair
from dann.datasets.base import SPLITS
from dann.datasets.halves import Half


def test_halves_are_the_domain_once(tmp_path: Path) -> None:
    whole = Toy('a', root=str(tmp_path))
    whole.prepare()
    first, second = Half(whole), Half(whole, 'second')
    for split in SPLITS:
        ids = first.ids(split) + second.ids(split)
        assert sorted(ids) == sorted(whole.ids(split))
        assert len({*ids}) == len(ids)
        assert abs(len(first.ids(split)) - len(second.ids(split))) <= 1


def test_samples_and_labels_stay_together(tmp_path: Path) -> None:
    whole = Toy('a', root=str(tmp_path))
    whole.prepare()
    half = Half(whole, 'second', seed=3)
    places = [whole.ids('train').index(name) for name in half.ids('train')]
    assert torch.equal(half.images('train')[:], whole.images('train')[places])
    assert torch.equal(half.labels('train'), whole.labels('train')[places])
    assert half.names('train') == [whole.names('train')[place] for place in places]


def test_another_seed_is_another_division(tmp_path: Path) -> None:
    whole = Toy('a', root=str(tmp_path))
    whole.prepare()
    assert Half(whole).ids('train') != Half(whole, seed=1).ids('train')
    assert Half(whole).ids('train') == Half(whole).ids('train')
    assert Half(whole).manifest()['half'] == 'first'


def test_two_halves_are_a_pair(tmp_path: Path) -> None:
    whole = Toy('a', root=str(tmp_path))
    pair = DomainPair(Half(whole), Half(whole, 'second'), batch_size=8)
    pair.prepare_data()
    pair.setup()
    assert (pair.source.name, pair.target.name) == (f'{whole.name}, first half', f'{whole.name}, second half')


def test_what_is_no_half_is_refused() -> None:
    with pytest.raises(CheckError, match='expected `part` to be first or second'):
        Half(Toy('a'), 'third')  # type: ignore[arg-type]
    with pytest.raises(CheckError, match='`seed`'):
        Half(Toy('a'), seed=-1)
