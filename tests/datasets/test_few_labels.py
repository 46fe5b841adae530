"""The labels that are given away: as many of each class, drawn at random, and their own."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from toy import Toy

from dann.core.errors import UserError
from dann.datasets.few_labels import draw_more, draw_shots


def test_each_class_gets_its_count_with_its_labels(tmp_path: Path) -> None:
    target = Toy('b', root=str(tmp_path))
    positions, labels = draw_shots(target, 3, seed=0)
    assert labels.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert torch.equal(target.labels('train')[positions], labels)
    assert len(set(positions.tolist())) == 9


def test_shots_are_drawn_anew_for_each_seed_and_from_all_samples(tmp_path: Path) -> None:
    target = Toy('b', root=str(tmp_path))
    draws = [draw_shots(target, 1, seed)[0] for seed in range(60)]
    assert torch.equal(draw_shots(target, 1, 3)[0], draws[3])
    for label in range(3):
        members = (target.labels('train') == label).nonzero().flatten().tolist()
        drawn = {int(positions[label]) for positions in draws}
        # of 16 samples 60 draws miss 2 % of them each; the first alone would be one
        assert len(drawn) > 12
        assert drawn <= set(members)


def test_the_shots_of_one_class_do_not_tell_those_of_another(tmp_path: Path) -> None:
    target = Toy('b', root=str(tmp_path))
    truth = target.labels('train')
    places = [(truth == label).nonzero().flatten().tolist() for label in range(3)]
    ranks = [
        [places[label].index(int(position)) for label, position in enumerate(draw_shots(target, 1, seed)[0])]
        for seed in range(20)
    ]
    assert sum(one == two == three for one, two, three in ranks) < 5


def test_too_few_of_a_class_is_refused_by_its_name(tmp_path: Path) -> None:
    target = Toy('b', root=str(tmp_path))
    assert len(draw_shots(target, 16, 0)[0]) == 48
    with pytest.raises(UserError, match=r'class red of toy/b has 16 samples, needs 17; lower `shots`'):
        draw_shots(target, 17, 0)


def test_more_labels_are_others_of_the_same_draw(tmp_path: Path) -> None:
    target = Toy('b', root=str(tmp_path))
    trained, _ = draw_shots(target, 3, seed=5)
    positions, labels = draw_more(target, 3, 2, seed=5)
    assert labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert torch.equal(target.labels('train')[positions], labels)
    assert not {*positions.tolist()} & {*trained.tolist()}
    whole, _ = draw_shots(target, 5, seed=5)
    assert {*positions.tolist()} | {*trained.tolist()} == {*whole.tolist()}
    with pytest.raises(UserError, match='needs 17'):
        draw_more(target, 15, 2, seed=5)
