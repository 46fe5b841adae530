"""A folder, a table or an archive of one's own is a pair of domains, and what is wrong with it is said."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from photos import CLASSES, write_domain, write_image, write_pair
from PIL import Image

from dann.core.errors import UserError
from dann.datasets import Arrays, DomainPair, Folder, Table
from dann.datasets.base import SPLITS
from dann.datasets.storage.decoding import image_files
from dann.datasets.storage.stored_domain import StoredDomain
from dann.engine.catalogue import rows_of

Rows = list[dict[str, str]]


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_pair(tmp_path / 'photos')


def rows_below(root: Path) -> Rows:
    return [
        {'path': str(path.relative_to(root)), 'domain': path.parts[-3], 'label': path.parts[-2]}
        for path in image_files(root)
    ]


def write_table(root: Path, rows: Rows | None = None) -> Path:
    rows = rows_below(root) if rows is None else rows
    with (root / 'table.csv').open('w', newline='') as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return root / 'table.csv'


def archive(root: Path, **changes: Any) -> Path:
    """Write what a folder holds as arrays, with ``changes``."""
    rows = rows_below(root)
    images = [np.asarray(Image.open(root / row['path'])) for row in rows]
    content: dict[str, Any] = {
        'x': np.stack(images),
        'y': np.array([row['label'] for row in rows]),
        'domain': np.array([row['domain'] for row in rows]),
    }
    np.savez(
        root / 'arrays.npz', **{key: value for key, value in (content | changes).items() if value is not None}
    )
    return root / 'arrays.npz'


def from_folder(root: Path, domain: str) -> StoredDomain:
    return Folder(str(root), domain, size=12)


def from_table(root: Path, domain: str) -> StoredDomain:
    return Table(str(write_table(root)), domain, size=12)


def from_arrays(root: Path, domain: str) -> StoredDomain:
    return Arrays(str(archive(root)), domain, size=12)


Make = Callable[[Path, str], StoredDomain]
every = pytest.mark.parametrize('make', [from_folder, from_table, from_arrays])


def content(domain: StoredDomain) -> dict[str, tuple[NDArray[Any], list[int]]]:
    domain.prepare()
    return {split: (domain.images(split)[:].numpy(), domain.labels(split).tolist()) for split in SPLITS}


@every
def test_the_three_layouts_hold_the_same_images_and_labels(root: Path, make: Make) -> None:
    made = content(make(root, 'day'))
    assert {split: len(labels) for split, (_, labels) in made.items()} == {'train': 21, 'val': 3, 'test': 6}
    expected = {
        np.moveaxis(np.asarray(Image.open(path)), 2, 0).tobytes(): CLASSES.index(path.parent.name)
        for path in image_files(root / 'day')
    }
    found = {
        image.tobytes(): label
        for images, labels in made.values()
        for image, label in zip(images, labels, strict=True)
    }
    assert found == expected


@every
def test_a_pair_of_them_trains_in_one_list_of_classes(root: Path, make: Make) -> None:
    day, night = make(root, 'day'), make(root, 'night')
    assert day.classes == night.classes == CLASSES
    assert day.name.endswith('/day')
    data = DomainPair(day, night, batch_size=8)
    data.prepare_data()
    data.setup()
    batch = next(iter(data.train_dataloader()))
    assert batch['source'][0].shape == batch['target'].shape == (8, 3, 12, 12)


@every
def test_an_unknown_domain_gets_the_nearest(root: Path, make: Make) -> None:
    with pytest.raises(UserError, match=r"unknown domain of .* 'nigth'; did you mean 'night'\?"):
        make(root, 'nigth')


@every
def test_a_class_on_one_side_alone_is_named_with_the_command_that_checks(root: Path, make: Make) -> None:
    (root / 'day' / 'van').rename(root / 'day' / 'tram')
    with pytest.raises(
        UserError, match=r"the source \['tram'\], only in the target \['van'\].*`dann data check"
    ) as caught:
        DomainPair(make(root, 'day'), make(root, 'night'))
    assert str(root) in str(caught.value)


@every
def test_an_image_of_both_domains_is_refused(root: Path, make: Make) -> None:
    shutil.copy(root / 'day' / 'bus' / '000.png', root / 'night' / 'bus' / '777.png')
    data = DomainPair(make(root, 'day'), make(root, 'night'), batch_size=8)
    data.prepare_data()
    with pytest.raises(UserError, match='or its label leaks, or see all with `dann data check'):
        data.setup()


def strip(root: Path) -> None:
    """Take the night's images out of their class folders."""
    for path in image_files(root / 'night'):
        path.rename(root / 'night' / path.name)
    for name in CLASSES:
        (root / 'night' / name).rmdir()


def blind(root: Path, make: Make, domain: str = 'night') -> StoredDomain:
    if make is from_folder:
        strip(root)
        return make(root, domain)
    rows = rows_below(root)
    labels = [row['label'] if row['domain'] == 'day' else '' for row in rows]
    if make is from_arrays:
        return Arrays(str(archive(root, y=np.array(labels))), domain, size=12)
    told = [row | {'label': label} for row, label in zip(rows, labels, strict=True)]
    return Table(str(write_table(root, told)), domain, size=12)


@every
def test_a_target_without_labels_is_one_to_train_on(root: Path, make: Make) -> None:
    night = blind(root, make)
    assert not night.labelled
    assert night.classes == CLASSES
    data = DomainPair(Folder(str(root), 'day', size=12), night, batch_size=8)
    data.prepare_data()
    data.setup()
    assert next(iter(data.train_dataloader()))['target'].shape == (8, 3, 12, 12)
    assert data.predicted == SPLITS
    assert sum(len(part) for batches in data.predict_dataloader() for part in batches) == 30
    with pytest.raises(
        UserError, match=r'/night has no labels; it can only be the target of `dann fit` and `dann pred'
    ):
        night.labels('test')


def test_no_labels_anywhere_are_refused(root: Path) -> None:
    strip(root)
    shutil.rmtree(root / 'day')
    with pytest.raises(UserError, match=r'no domain of .* has labels, and the source needs them'):
        Folder(str(root), 'night')


def test_folders_of_splits_are_taken_as_they_are(tmp_path: Path) -> None:
    for split, count in (('train', 12), ('valid', 3), ('Test', 6)):
        write_domain(tmp_path / 'day' / split, count, brightness=count)
    domain = Folder(str(tmp_path), 'day', size=12)
    assert domain.classes == CLASSES
    assert {split: len(labels) for split, (_, labels) in content(domain).items()} == {
        'train': 12,
        'val': 3,
        'test': 6,
    }
    assert all(name.startswith('day/Test/') for name in domain.names('test'))


def test_a_missing_split_is_drawn_from_training(tmp_path: Path) -> None:
    for split, count in (('train', 30), ('test', 6)):
        write_domain(tmp_path / 'day' / split, count, brightness=count)
    made = content(Folder(str(tmp_path), 'day', size=12))
    assert {split: len(labels) for split, (_, labels) in made.items()} == {'train': 27, 'val': 3, 'test': 6}


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    write_domain(tmp_path / 'day', classes=('bus', 'train'))
    assert Folder(str(tmp_path), 'day').classes == ('bus', 'train')


def test_numbers_stand_in_their_order(tmp_path: Path) -> None:
    write_domain(tmp_path / 'day', classes=('10', '9', '2'))
    assert Folder(str(tmp_path), 'day').classes == ('2', '9', '10')


def test_an_image_beside_class_folders_is_named(root: Path) -> None:
    loose = write_image(root / 'day' / 'loose.png')
    with pytest.raises(UserError, match=f'{loose} lies in no class folder'):
        Folder(str(root), 'day').prepare()


def test_folders_of_one_name_are_told_apart_by_their_content(tmp_path: Path) -> None:
    folders = [write_pair(tmp_path / place / 'photos') for place in ('a', 'b')]
    assert Folder(str(folders[0]), 'day').folder == Folder(str(folders[1]), 'day').folder
    for number in range(30):  # of the same number of bytes, with other pixels
        for place, brightness in zip(folders, (60, 61), strict=True):
            write_image(place / 'day' / 'bus' / f'{number}.bmp', number, brightness=brightness)
    assert Folder(str(folders[0]), 'day').folder != Folder(str(folders[1]), 'day').folder


def test_a_folder_without_domains_and_one_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r'has no domain; lay images out as ROOT/domain/class/image'):
        Folder(str(tmp_path), 'day')
    with pytest.raises(UserError, match=r'cannot read .*nowhere \(No such file or directory\)'):
        Folder(str(tmp_path / 'nowhere'), 'day')
    (tmp_path / 'day').mkdir()
    write_domain(tmp_path / 'night')
    with pytest.raises(UserError, match='day holds no image'):
        Folder(str(tmp_path), 'day').prepare()


def test_a_table_says_the_splits(root: Path) -> None:
    rows = [
        row | {'split': ['train', 'val', 'TEST'][index % 3]} for index, row in enumerate(rows_below(root))
    ]
    made = content(Table(str(write_table(root, rows)), 'day', size=12))
    assert {len(labels) for _, labels in made.values()} == {10}
    rows[3]['split'] = 'tset'
    with pytest.raises(UserError, match=r"unknown split of .* 'tset'; did you mean 'test'\?"):
        Table(str(write_table(root, rows)), 'day').prepare()


def test_what_is_wrong_with_a_table_is_named(root: Path) -> None:
    rows = rows_below(root)
    renamed = [{'file': row['path'], 'domain': row['domain']} for row in rows]
    with pytest.raises(
        UserError, match="has no column 'path' but file, domain; its columns are path, domain, label"
    ):
        Table(str(write_table(root, renamed)), 'day')
    with pytest.raises(UserError, match=r'line 3 of .* lacks a path or a domain'):
        Table(str(write_table(root, [rows[0], rows[1] | {'domain': ' '}])), 'day')
    gone = [rows[0] | {'path': 'gone.png'}, *rows[1:]]
    with pytest.raises(UserError, match=r'cannot read .*gone.png \(No such file'):
        Table(str(write_table(root, gone)), 'day').prepare()
    half = [rows[0] | {'label': ''}, *rows[1:]]
    with pytest.raises(UserError, match='has no label and others have; label it or take it out'):
        Table(str(write_table(root, half)), 'day').prepare()
    (root / 'table.csv').write_bytes(b'\xff\xfe\x00')
    with pytest.raises(UserError, match='save it as a CSV file in UTF-8'):
        Table(str(root / 'table.csv'), 'day')


def test_a_table_of_excel_is_read(root: Path) -> None:
    path = write_table(root)
    text = path.read_text().replace('path,domain,label', 'Path, Domain,label ')
    path.write_bytes(b'\xef\xbb\xbf' + text.encode())
    assert Table(str(path), 'day', size=12).classes == CLASSES


def test_arrays_come_in_three_shapes_and_with_numbers_for_classes(root: Path) -> None:
    plain = content(Arrays(str(archive(root)), 'day', size=12))
    rows = rows_below(root)
    x = np.load(root / 'arrays.npz')['x']
    y = np.array([CLASSES.index(row['label']) for row in rows])
    for changes in ({'x': np.moveaxis(x, 3, 1)}, {'y': y, 'classes': np.array(CLASSES)}):
        made = content(Arrays(str(archive(root, **changes)), 'day', size=12))
        for split in SPLITS:
            assert np.array_equal(made[split][0], plain[split][0])
            assert made[split][1] == plain[split][1]
    numbered = Arrays(str(archive(root, y=y, x=x[..., 0])), 'day', size=12)
    assert numbered.classes == ('0', '1', '2')
    assert content(numbered)['train'][0].shape == (21, 3, 12, 12)
    words = np.array([['train', 'val', 'test'][index % 3] for index in range(len(rows))])
    assert {
        len(labels) for _, labels in content(Arrays(str(archive(root, split=words)), 'day')).values()
    } == {10}


def wrong(root: Path, **changes: Any) -> str:
    with pytest.raises(UserError) as caught:
        Arrays(str(archive(root, **changes)), 'day', size=12).prepare()
    return str(caught.value)


def test_what_is_wrong_with_arrays_is_named(root: Path) -> None:
    assert "has no array 'y' but x, domain" in wrong(root, y=None)
    assert 'is float64; bring it to 0 ... 255' in wrong(root, x=np.zeros((60, 8, 8)))
    assert 'has shape (60, 8, 8, 7)' in wrong(root, x=np.zeros((60, 8, 8, 7), np.uint8))
    assert '60 labels and 59 domains' in wrong(root, domain=np.array(['day'] * 59))
    assert '59 images and 60 labels' in wrong(root, x=np.zeros((59, 8, 8), np.uint8))
    assert 'Object arrays cannot be loaded' in wrong(root, y=np.array(['bus', None] * 30, dtype=object))
    assert 'y of ' in wrong(root, y=np.zeros(60))
    assert 'expected 0 to 1' in wrong(root, y=np.array([2] * 60), classes=np.array(['a', 'b']))
    assert 'unknown split[0]' in wrong(root, split=np.array(['tset'] * 60))
    (root / 'arrays.npz').write_text('no archive')
    with pytest.raises(UserError, match=r'write it with numpy\.savez'):
        Arrays(str(root / 'arrays.npz'), 'day')


def test_they_are_listed() -> None:
    assert {'Arrays', 'Folder', 'Table'} <= {row['name'] for row in rows_of('datasets')}
