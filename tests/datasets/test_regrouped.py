"""The transductive setting trains on all target images and on all of the source but its validation split."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from photos import write_pair
from toy import Toy

from dann.core.errors import CheckError
from dann.datasets import DomainPair, Folder
from dann.datasets.base import SPLITS
from dann.datasets.regrouped import transductive


@pytest.fixture
def sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Folder, Folder]:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))
    root = write_pair(tmp_path / 'photos')
    day, night = (Folder(str(root), domain, size=8) for domain in ('day', 'night'))
    return day, night


def test_every_target_split_is_all_of_it_and_the_source_keeps_its_validation_split(
    sides: tuple[Folder, Folder],
) -> None:
    day, night = sides
    source, target = transductive(day, night)
    source.prepare()
    target.prepare()
    everything = [name for split in SPLITS for name in night.ids(split)]
    for split in SPLITS:
        assert target.ids(split) == everything
        assert target.images(split).shape == (30, 3, 8, 8)
        assert torch.equal(target.labels(split), torch.cat([night.labels(part) for part in SPLITS]))
    assert source.ids('train') == day.ids('train') + day.ids('test')
    assert source.ids('val') == day.ids('val')
    assert not {*source.ids('train')} & {*source.ids('val')}
    assert torch.equal(source.labels('train'), torch.cat([day.labels('train'), day.labels('test')]))


def test_images_labels_names_and_places_belong_together(sides: tuple[Folder, Folder]) -> None:
    for domain, whole in zip(transductive(*sides), sides, strict=True):
        domain.prepare()
        found = domain.within('train')
        assert found is not None
        assert torch.equal(found[0][found[1]], domain.images('train')[:])
        classes = [whole.classes[label] for label in domain.labels('train').tolist()]
        assert classes == [name.split('/')[1] for name in domain.names('train')]


def test_a_pair_is_trained_and_scored_on_all_target_images_and_says_so(sides: tuple[Folder, Folder]) -> None:
    day, night = sides
    data = DomainPair(day, night, batch_size=8, setting='transductive')
    data.prepare_data()
    data.setup()
    assert len(data.images['target', 'train']) == len(data.images['target', 'test']) == 30
    assert len(data.images['source', 'train']) == 27
    assert len(data.labels['train']) == 27
    assert data.target.manifest()['parts']['test'] == list(SPLITS)
    assert 'parts' not in night.manifest()
    assert data.predicted == ('test',)
    assert len(data.val_dataloader()) == 3  # the source's test split is trained on, so it is not scored
    assert ('source', 'test') not in data.images
    seen = torch.cat([*data.pool()])
    assert len(seen) == 30


@pytest.mark.parametrize('option', [{'reference': True}, {'shots': 1}])
def test_no_target_label_may_be_in_training(sides: tuple[Folder, Folder], option: dict[str, int]) -> None:
    day, night = sides
    source = night if 'reference' in option else day
    with pytest.raises(CheckError, match=r'no target label can be in training; leave rows with `reference`'):
        DomainPair(source, night, batch_size=8, setting='transductive', **option)  # type: ignore[arg-type]


def test_groups_are_those_of_all_parts() -> None:
    toy = Toy('b', groups=('dusk', 'night'))
    _, target = transductive(Toy('a'), toy)
    assert target.group_names == toy.group_names
    assert torch.equal(target.groups('test'), torch.cat([toy.groups(part) for part in SPLITS]))
