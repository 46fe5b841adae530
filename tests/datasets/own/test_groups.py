"""Groups of the user's own samples: a column, an array, a folder level or a file of metadata."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from own_features import drawn, rows_of, write_csv, write_npy, write_npz
from own_layouts import rows_below, write_table
from photos import write_pair

from dann.core.errors import CheckError, UserError
from dann.datasets import Arrays, FeatureTable, Folder, Table
from dann.datasets.base import SPLITS
from dann.datasets.own.groups import read_groups
from dann.datasets.storage.stored_domain import StoredDomain

Open = Callable[..., StoredDomain]


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))


def group_of(name: str) -> str:
    """The group that every test gives an image: left or right, by the number in its file's name."""
    return ('left', 'right')[int(Path(name).stem) // 3 % 2]


def below_folders(root: Path) -> Open:
    for row in rows_below(root):
        path = root / row['path']
        place = path.parent / group_of(path.name) / path.name
        place.parent.mkdir(exist_ok=True)
        path.rename(place)
    return lambda domain, groups='folder': Folder(str(root), domain, size=12, groups=groups)


def write_groups(root: Path, rows: list[dict[str, str]] | None = None) -> Path:
    rows = rows or [{'path': row['path'], 'group': group_of(row['path'])} for row in rows_below(root)]
    with (root / 'groups.csv').open('w', newline='', encoding='utf-8') as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return root / 'groups.csv'


def from_a_file(root: Path) -> Open:
    path = write_groups(root)
    return lambda domain, groups=str(path): Folder(str(root), domain, size=12, groups=groups)


def from_a_column(root: Path) -> Open:
    rows = [row | {'Side': group_of(row['path'])} for row in rows_below(root)]
    path = write_table(root, rows)
    return lambda domain, groups='side': Table(str(path), domain, size=12, groups=groups)


def from_a_file_beside_a_table(root: Path) -> Open:
    path, groups = write_table(root), write_groups(root)
    return lambda domain, groups=str(groups): Table(str(path), domain, size=12, groups=groups)


OF_IMAGES = [below_folders, from_a_file, from_a_column, from_a_file_beside_a_table]


@pytest.mark.parametrize('write', OF_IMAGES)
def test_each_image_has_the_group_that_is_said_of_it(write: Callable[[Path], Open], tmp_path: Path) -> None:
    make = write(write_pair(tmp_path / 'photos'))
    for name in ('day', 'night'):
        domain = make(name)
        domain.prepare()
        assert domain.group_names == ('left', 'right')
        for split in SPLITS:
            expected = [group_of(each) for each in domain.names(split)]
            assert [domain.group_names[place] for place in domain.groups(split)] == expected


@pytest.mark.parametrize('write', OF_IMAGES)
def test_groups_change_neither_images_nor_splits_and_have_a_folder_of_their_own(
    write: Callable[[Path], Open], tmp_path: Path
) -> None:
    make = write(write_pair(tmp_path / 'photos'))
    plain, grouped = make('day', groups=None), make('day')
    for domain in (plain, grouped):
        domain.prepare()
    assert plain.folder != grouped.folder
    assert 'groups' not in plain.options()
    for split in SPLITS:
        assert plain.ids(split) == grouped.ids(split)
        assert torch.equal(plain.images(split)[:], grouped.images(split)[:])
    assert not [path for path in plain.folder.iterdir() if 'groups' in path.name]


def sides(count: int) -> list[str]:
    return [('left', 'right')[row // 3 % 2] for row in range(count)]


def as_table(folder: Path) -> Open:
    header, *rows = rows_of(drawn())
    told = [['side', *header], *([side, *row] for side, row in zip(sides(len(rows)), rows, strict=True))]
    return lambda domain, groups='side': FeatureTable(str(write_csv(folder, told)), domain, groups=groups)


def as_archive(folder: Path) -> Open:
    path = write_npz(folder, drawn(side=np.array(sides(80))))
    return lambda domain, groups='side': Arrays(str(path), domain, groups=groups)


def as_files(folder: Path) -> Open:
    path = write_npy(folder, drawn())
    np.save(folder / 'feats.side.npy', np.array(sides(80)))
    return lambda domain, groups='side': Arrays(str(path), domain, groups=groups)


@pytest.mark.parametrize('write', [as_table, as_archive, as_files])
def test_each_row_has_its_group_and_the_column_is_no_feature(
    write: Callable[[Path], Open], tmp_path: Path
) -> None:
    domain: Any = write(tmp_path)('b')
    domain.prepare()
    assert domain.image_shape == (5,)
    for split in SPLITS:
        rows = [
            int(''.join(filter(str.isdigit, name.partition(':')[2] or name))) for name in domain.names(split)
        ]
        first = 2 if isinstance(domain, FeatureTable) else 0  # lines count from 1, behind the header
        expected = [sides(80)[row - first] for row in rows]
        assert [domain.group_names[place] for place in domain.groups(split)] == expected


def refused(make: Callable[[], StoredDomain]) -> str:
    with pytest.raises((UserError, CheckError)) as caught:
        make().prepare()
    return str(caught.value)


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    root = write_pair(tmp_path / 'photos')
    assert 'unknown column of' in refused(lambda: from_a_column(root)('day', groups='sied'))
    assert 'side' in refused(lambda: from_a_column(root)('day', groups='sied'))
    assert 'unknown column of' in refused(lambda: as_table(tmp_path)('a', groups='sied'))
    assert "has no array 'sied'" in refused(lambda: as_archive(tmp_path)('a', groups='sied'))
    assert 'further array of' in refused(lambda: as_archive(tmp_path)('a', groups='../x'))
    assert 'further array of' in refused(lambda: as_archive(tmp_path)('a', groups='x'))


def test_a_sample_without_a_group_is_named(tmp_path: Path) -> None:
    root = write_pair(tmp_path / 'photos')
    rows = [row | {'side': ''} for row in rows_below(root)]
    path = write_table(root, rows)
    assert 'line 2 of' in refused(lambda: Table(str(path), 'day', groups='side'))
    assert 'has no side; write a word' in refused(lambda: Table(str(path), 'day', groups='side'))
    few = write_groups(root, [{'path': 'day/bus/000.png', 'group': 'left'}])
    said = refused(lambda: Folder(str(root), 'day', groups=str(few)))
    assert 'names no group of day/bus/003.png; add a line for it' in said
    npz = write_npz(tmp_path, drawn(side=np.array(['left', *[''] * 79])))
    assert 'group[1] of' in refused(lambda: Arrays(str(npz), 'a', groups='side'))
    short = write_npz(tmp_path, drawn(side=np.array(['left'])))
    assert 'has 1 side and 80 labels' in refused(lambda: Arrays(str(short), 'a', groups='side'))


def test_an_image_in_no_folder_of_a_group_is_named(tmp_path: Path) -> None:
    root = write_pair(tmp_path / 'photos')
    said = refused(lambda: Folder(str(root), 'day', groups='folder'))
    assert '000.png lies in no folder of a group; lay images out as ROOT/domain/class/group/image' in said


def test_a_folder_takes_no_column(tmp_path: Path) -> None:
    root = write_pair(tmp_path / 'photos')
    assert "to be 'folder' or a .csv file, got 'side'" in refused(
        lambda: Folder(str(root), 'day', groups='side')
    )


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('path,side\na,b\n', "has no column 'group' but path, side; its columns are path and group"),
        ('path,group\na,\n', 'line 2 of'),
        (None, 'cannot read'),
    ],
)
def test_a_file_of_metadata_that_cannot_be_used_is_named(text: str | None, said: str, tmp_path: Path) -> None:
    root, path = write_pair(tmp_path / 'photos'), tmp_path / 'groups.csv'
    if text is not None:
        path.write_text(text)
    assert said in refused(lambda: Folder(str(root), 'day', groups=str(path)))


def test_an_image_of_two_groups_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / 'groups.csv'
    path.write_text('path,group\na.png,old\na.png,old\n')
    assert read_groups(path) == {'a.png': 'old'}
    path.write_text('path,group\na.png,old\na.png,new\n')
    with pytest.raises(
        UserError, match=r'line 3 of .*groups.csv gives a.png another group than a line above'
    ):
        read_groups(path)
