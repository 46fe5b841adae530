"""A domain that no training sees is another one, with the same classes, and its test split alone is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from many_sources import sources
from own_features import drawn, rows_of, write_csv
from toy import Toy
from training import fit, make, module, pair, same_weights

from dann.core.errors import UserError
from dann.datasets import DomainPair, FeatureTable
from dann.datasets.augment import Augment
from dann.datasets.sources import Sources
from dann.datasets.unseen import check_apart, check_unseen, part_of


class Other(Toy):
    classes = ('red', 'green', 'grey')


class Unlabelled(Toy):
    labelled = False


class Larger(Toy):
    image_shape = (3, 8, 8)

    def images(self, split: str) -> Any:
        return torch.zeros(12, 3, 9, 9, dtype=torch.uint8)


def test_they_come_behind_the_splits_of_the_pair() -> None:
    data = pair(unseen=[Toy('d'), Toy('c')])
    assert data.evaluated == (
        'source_val', 'target_val', 'target_test', 'source_test', 'unseen/toy/d', 'unseen/toy/c',
    )  # fmt: skip
    data.prepare_data()
    data.setup()
    batches = [*data.val_dataloader()[4]]
    images: Any = Toy('d').images('test')
    assert torch.equal(torch.cat(batches), images[:].float() / 255)
    assert part_of(data.domain('unseen/toy/c')) == 'unseen/toy/c'
    reference = pair(Toy('b'), Toy('b'), reference=True, unseen=[Toy('d')])
    assert reference.evaluated == ('source_val', 'target_val', 'target_test', 'unseen/toy/d')


def test_nothing_but_their_test_images_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    apart = Toy('d')
    data = pair(unseen=[apart])
    data.prepare_data()
    read = apart.images

    def watched(split: str) -> Any:
        assert split == 'test'
        return read(split)

    def refused(split: str) -> Any:
        raise AssertionError(f'labels of {split} were read')

    monkeypatch.setattr(apart, 'images', watched)
    monkeypatch.setattr(apart, 'labels', refused)
    data.setup()
    batch = next(iter(data.train_dataloader()))
    assert batch.keys() == {'source', 'target', 'target_index'}
    fit(module(make('DANN'), validators=None), data, epochs=1)


@pytest.mark.parametrize('features', ['images', 'bank'])
def test_they_change_no_weight_and_no_score(features: Any) -> None:
    with_it, without = (module(make('DANN'), freeze='all', validators=None) for _ in range(2))
    fit(with_it, pair(unseen=[Toy('d')], features=features, augment=Augment(shift=1)))
    fit(without, pair(features=features, augment=Augment(shift=1)))
    assert same_weights(with_it, without)
    assert with_it.scores == pytest.approx(without.scores, nan_ok=True)
    assert len(with_it.splits['unseen/toy/d']) == 12
    assert with_it.splits['unseen/toy/d'].labels is None


def test_several_sources_and_the_transductive_setting_have_them_too() -> None:
    for data in (sources(unseen=[Toy('c')]), pair(setting='transductive', unseen=[Toy('c')])):
        model = module(num_sources=data.num_sources)
        fit(model, data, epochs=1)
        assert 'unseen/toy/c' in model.splits


@pytest.mark.parametrize(
    ('unseen', 'said'),
    [
        ([Toy('a')], 'neither source nor target and different, got toy/a, which the pair has already'),
        ([Toy('b')], 'got toy/b'),
        ([Toy('d'), Toy('d')], 'got toy/d'),
        (
            [Other('d')],
            r"toy/d and toy/b have different classes: \['blue', 'grey'\]; make the class lists equal",
        ),
        ([Unlabelled('d')], 'toy/d has no labels, and `unseen` domains are scored .*; leave `unseen` out'),
    ],
)
def test_what_is_none_is_refused(unseen: list[Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        pair(unseen=unseen)


def test_one_of_several_sources_is_no_unseen_domain() -> None:
    with pytest.raises(UserError, match='got toy/d'):
        check_unseen([Toy('d')], Sources([Toy('a'), Toy('d')]), Toy('b'))


def test_a_target_without_labels_has_nothing_beside_it() -> None:
    with pytest.raises(
        UserError, match='toy/b has no labels, and `unseen` domains are scored beside the target'
    ):
        pair(target=Unlabelled('b'), unseen=[Toy('d')])


def test_images_of_another_size_are_refused_by_its_name() -> None:
    data = pair(unseen=[Larger('d')])
    data.prepare_data()
    with pytest.raises(UserError, match='images of toy/a have 8 x 8 pixels and those of toy/d 9 x 9'):
        data.setup()


class Renamed(Toy):
    """The samples of another domain under another name."""

    def __init__(self, domain: str, name: str) -> None:
        super().__init__(domain)
        self.inner, self.name = Toy(domain), name

    def ids(self, split: str) -> list[str]:
        return self.inner.ids(split)


@pytest.mark.parametrize('domain', ['a', 'b'])
def test_a_sample_of_the_pair_is_not_unseen(domain: str) -> None:
    data = pair(unseen=[Renamed(domain, 'copy')])
    data.prepare_data()
    said = f'of the unseen domain copy is in toy/{domain} too; take it out of one, or it is not unseen'
    with pytest.raises(UserError, match=said):
        data.setup()


def test_a_test_split_without_samples_is_refused() -> None:
    empty = Toy('d', test=0)
    for each in (empty, Toy('a'), Toy('b')):
        each.prepare()
    with pytest.raises(UserError, match='the test split of toy/d has no samples; add some, or leave it out'):
        check_apart([empty], Toy('a'), Toy('b'))


def test_vectors_have_them_too(tmp_path: Path) -> None:
    arrays = drawn(count=60)
    path = write_csv(tmp_path, rows_of(arrays | {'domain': np.repeat(['a', 'b', 'c'], 40)}))
    first, second, third = (FeatureTable(str(path), name) for name in 'abc')
    data = DomainPair(first, second, batch_size=4, unseen=[third])
    data.prepare_data()
    data.setup()
    assert data.evaluated[-1] == part_of(third)
    assert next(iter(data.val_dataloader()[-1])).shape[1] == 5
