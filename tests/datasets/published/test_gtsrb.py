"""GTSRB is split by track, and its bright and dark signs are told by class."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from published import write_gtsrb

from dann.core.errors import UserError
from dann.datasets import GTSRB, DomainPair
from dann.datasets.base import SPLITS
from dann.datasets.published.gtsrb_files import Folders
from dann.datasets.storage.public import MissingDataError

pytestmark = pytest.mark.filterwarnings('ignore:.*was published with')
# class 0 has 7 tracks, every other one 3, and grey levels shift by class
LEVELS: dict[int, list[int]] = {
    0: [100, 20, 180, 60, 140, 40, 160],
    1: [50, 90, 70],
    **{label: [90 + label, 30 + label, 150 + label] for label in range(2, 43)},
}
TEST = [
    (0, 10),
    (0, 59),
    (0, 62),
    (0, 100),
    (0, 140),
    (0, 142),
    (1, 60),
    (1, 120),
    (5, 50),
    (5, 100),
    (5, 200),
]
OFFICIAL = {'training': 'GTSRB/Final_Training/Images', 'truth': 'GTSRB/GT-final_test.csv'}


@pytest.fixture(scope='module')
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('gtsrb')
    write_gtsrb(folder, LEVELS, TEST, **OFFICIAL)
    return folder


def gtsrb(root: Path, domain: Any = 'all', **options: Any) -> GTSRB:
    return GTSRB(domain, size=8, root=str(root), **options)


def tracks(domain: GTSRB, split: str) -> set[tuple[int, int]]:
    """Class and number within the class of the tracks in a split, from the names of its images."""
    first = dict(zip(LEVELS, np.cumsum([0, *map(len, LEVELS.values())]), strict=False))
    found = set()
    for name, label in zip(domain.ids(split), domain.labels(split).tolist(), strict=True):
        found.add((label, int(name.split('/')[2].split('-')[0]) - int(first[label])))
    return found


def test_no_track_is_in_two_splits_and_all_are_used(root: Path) -> None:
    domain = gtsrb(root)
    train, val = tracks(domain, 'train'), tracks(domain, 'val')
    assert not train & val
    assert train | val == {(label, track) for label, levels in LEVELS.items() for track in range(len(levels))}
    assert {label for label, _ in train} == {label for label, _ in val} == set(range(43))
    assert len(domain.ids('train')) == 3 * len(train)
    assert domain.ids('test') == [f'gtsrb/test/{number:05d}' for number in range(len(TEST))]
    assert domain.labels('test').tolist() == [label for label, _ in TEST]


@pytest.mark.parametrize(('share', 'held'), [(0.01, 1), (0.3, 2), (0.5, 4), (0.99, 6)])
def test_validation_has_its_share_of_each_class(share: float, held: int, root: Path) -> None:
    val = tracks(gtsrb(root, val=share), 'val')
    assert len([label for label, _ in val if label == 0]) == held


def test_the_seed_draws_the_validation_tracks(root: Path) -> None:
    drawn = [tracks(gtsrb(root, seed=seed), 'val') for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize(
    ('domain', 'expected', 'tested'),
    [
        ('dark', {0: {1, 5}, 1: {0}, 2: {1}}, [0, 1, 6, 8]),
        ('bright', {0: {2, 6}, 1: {1}, 2: {2}}, [5, 7, 9, 10]),
    ],
)
def test_the_outer_thirds_of_each_class(
    domain: str, expected: dict[int, set[int]], tested: list[int], root: Path
) -> None:
    lit = gtsrb(root, domain)
    found = tracks(lit, 'train') | tracks(lit, 'val')
    for label, numbers in expected.items():
        assert {track for other, track in found if other == label} == numbers
    assert {label for label, _ in tracks(lit, 'train')} == set(range(43))
    assert not tracks(lit, 'train') & tracks(lit, 'val')
    assert [int(name.rpartition('/')[2]) for name in lit.ids('test')] == tested


def test_bright_and_dark_share_no_image_with_each_other_and_all_with_the_whole(root: Path) -> None:
    whole, bright, dark = (
        {name for split in SPLITS for name in gtsrb(root, domain).ids(split)} for domain in GTSRB.domains
    )
    assert not bright & dark
    assert bright | dark < whole
    DomainPair(gtsrb(root, 'bright'), gtsrb(root, 'dark'), batch_size=4).setup()
    with pytest.raises(UserError, match='is in gtsrb/all with its label and in gtsrb/dark'):
        DomainPair(gtsrb(root), gtsrb(root, 'dark'), batch_size=4).setup()


def test_pixels_belong_to_their_names_and_labels(root: Path) -> None:
    domain = gtsrb(root)
    first = np.cumsum([0, *map(len, LEVELS.values())])
    for name, label, image in zip(
        domain.ids('train'), domain.labels('train').tolist(), domain.images('train').numpy(), strict=True
    ):
        track, frame = map(int, name.split('/')[2].split('-'))
        assert np.all(image[:, 1:] == LEVELS[label][track - first[label]] + frame)


def test_channels_are_red_green_blue(root: Path) -> None:
    corner = GTSRB(size=33, root=str(root)).images('test')[0, :, 0, 0]
    assert corner.tolist() == [0, 10, 10]


@pytest.mark.parametrize(
    'layout',
    [
        {'training': 'GTSRB/Training', 'truth': 'GT-final_test.csv'},
        {'training': 'GTSRB/Final_Training/Images', 'truth': 'GTSRB/Final_Test/Images/GT-final_test.csv'},
    ],
)
@pytest.mark.parametrize('base', ['', 'gtsrb'])
def test_other_official_layouts_give_the_same(
    layout: dict[str, str], base: str, root: Path, tmp_path: Path
) -> None:
    write_gtsrb(tmp_path / base, LEVELS, TEST, **layout)
    if layout['truth'] == 'GT-final_test.csv' and not base:
        (tmp_path / 'GT-final_test.csv').rename(tmp_path / 'GTSRB/GT-final_test.csv')
    same, other = gtsrb(root, 'dark'), gtsrb(tmp_path, 'dark')
    assert same.folder == other.folder
    for split, samples in other.make().items():
        assert np.array_equal(samples.images, same.images(split).numpy())
        assert samples.ids.tolist() == same.ids(split)


def test_each_archive_may_be_unpacked_in_a_folder_of_its_name(root: Path, tmp_path: Path) -> None:
    base = tmp_path / 'gtsrb'
    shutil.copytree(root / 'GTSRB/Final_Training', base / 'GTSRB_Final_Training_Images/GTSRB/Final_Training')
    shutil.copytree(root / 'GTSRB/Final_Test', base / 'GTSRB_Final_Test_Images/GTSRB/Final_Test')
    (base / 'GTSRB_Final_Test_GT').mkdir()
    shutil.copy(root / 'GTSRB/GT-final_test.csv', base / 'GTSRB_Final_Test_GT')
    assert gtsrb(tmp_path).folder == gtsrb(root).folder


def archived(root: Path, path: Path, **changes: Any) -> None:
    """Write the archive of arrays that holds the same signs as the folders."""
    folders = Folders.find(root)
    assert folders is not None
    train, test = folders.read(8)
    keys = [path.stem.split('_') for path in folders.listing()[0]]
    arrays = {
        'x_train': train.images.transpose(0, 2, 3, 1),
        'y_train': train.labels.astype(np.uint8),
        'track_train': np.array([int(track) for track, _ in keys], np.int16),
        'frame_train': np.array([int(frame) for _, frame in keys], np.uint8),
        'mean_train': train.grey.astype(np.float32),
        'x_test': test.images.transpose(0, 2, 3, 1),
        'y_test': test.labels.astype(np.uint8),
        'mean_test': test.grey.astype(np.float32),
        'id_test': np.arange(len(TEST)),
    }
    np.savez(path, **{**arrays, **changes})


@pytest.mark.parametrize('domain', GTSRB.domains)
def test_the_archive_gives_what_the_folders_give(domain: str, root: Path, tmp_path: Path) -> None:
    archived(root, tmp_path / 'gtsrb32.npz')
    folders, archive = gtsrb(root, domain), gtsrb(tmp_path, domain)
    assert folders.folder != archive.folder
    for split in SPLITS:
        assert np.array_equal(folders.images(split).numpy(), archive.images(split).numpy())
        assert folders.ids(split) == archive.ids(split)
        assert folders.labels(split).tolist() == archive.labels(split).tolist()


def test_the_contact_sheet_sets_dark_below_bright(root: Path) -> None:
    assert gtsrb(root).contact_sheet() == {}
    rows = gtsrb(root, 'dark').contact_sheet()
    assert list(rows) == ['bright', 'dark']
    assert rows['bright'].shape == rows['dark'].shape == (8, 3, 8, 8)
    assert np.all(rows['bright'][:, :, 1:] > rows['dark'][:, :, 1:])


def test_a_class_of_one_track_trains_and_one_of_two_is_not_bright_or_dark(tmp_path: Path) -> None:
    write_gtsrb(tmp_path, {**LEVELS, 41: [50, 90], 42: [70]}, TEST, **OFFICIAL)
    domain = gtsrb(tmp_path)
    for label, splits in ((41, ['train', 'val']), (42, ['train'])):
        assert [split for split in ('train', 'val') if label in domain.labels(split).tolist()] == splits
    with pytest.raises(UserError, match='2 training tracks of end of no overtaking, needs 3'):
        gtsrb(tmp_path, 'dark').prepare()


@pytest.fixture
def copied(root: Path, tmp_path: Path) -> Path:
    shutil.copytree(root, tmp_path / 'copy')
    return tmp_path / 'copy'


def test_a_damaged_image_is_named(copied: Path) -> None:
    path = copied / 'GTSRB/Final_Training/Images/00003/00001_00002.ppm'
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UserError, match=r'cannot read image .*00003/00001_00002\.ppm .*restore the official'):
        gtsrb(copied).prepare()


def test_a_missing_test_image_is_named(copied: Path) -> None:
    (copied / 'GTSRB/Final_Test/Images/00004.ppm').unlink()
    with pytest.raises(UserError, match=r'cannot read .*00004\.ppm .*restore the official files'):
        gtsrb(copied).prepare()


def test_another_name_than_track_and_frame_is_refused(copied: Path) -> None:
    folder = copied / 'GTSRB/Final_Training/Images/00003'
    (folder / '00001_00002.ppm').rename(folder / 'sign.ppm')
    with pytest.raises(UserError, match=r'expected CLASS/TRACK_FRAME\.ppm in numbers, got .*sign\.ppm'):
        gtsrb(copied).prepare()


def test_the_table_without_classes_is_refused(copied: Path) -> None:
    (copied / 'GTSRB/GT-final_test.csv').write_text('Filename;Width\n00000.ppm;30\n')
    with pytest.raises(UserError, match=r'cannot read Filename and ClassId in .*restore the official table'):
        gtsrb(copied).prepare()


@pytest.mark.parametrize('change', [{'track_train': np.zeros(3)}, {'x_test': np.zeros((2, 2))}])
def test_a_damaged_archive_is_an_error(change: dict[str, Any], root: Path, tmp_path: Path) -> None:
    archived(root, tmp_path / 'gtsrb32.npz', **change)
    with pytest.raises(UserError, match=r'cannot read .*gtsrb32\.npz .*; replace it by a whole one'):
        gtsrb(tmp_path).prepare()


def test_missing_data_says_where_it_belongs(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match='GTSRB/Final_Training/Images/00000') as caught:
        gtsrb(tmp_path).prepare()
    assert 'or set `download: true`' in str(caught.value)


@pytest.mark.filterwarnings('default:.*was published with')
def test_counts_are_those_of_the_layout(root: Path) -> None:
    with pytest.warns(UserWarning, match='training part of GTSRB was published with 39,209 images'):
        gtsrb(root).parts()


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        ({'domain': 'night'}, r"expected `domain` to be one of \('all', 'bright', 'dark'\), got 'night'"),
        ({'val': 0.0}, 'expected `val` between 0 and 1, got 0.0'),
        ({'val': 1}, 'expected `val` between 0 and 1, got 1'),
        ({'size': 0}, 'expected `size` above 0, got 0'),
        ({'seed': -1}, 'expected `seed` of at least 0, got -1'),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        GTSRB(**options)


@pytest.mark.skipif('DANN_DATA' not in os.environ, reason='needs GTSRB under DANN_DATA')
@pytest.mark.filterwarnings('error')
def test_genuine_bright_signs_are_brighter_in_every_class() -> None:
    try:
        bright, dark = GTSRB('bright').make(), GTSRB('dark').make()
    except MissingDataError as error:
        pytest.skip(str(error))
    for split in ('train', 'val'):
        assert np.array_equal(np.bincount(bright[split].labels), np.bincount(dark[split].labels))
        for label in range(43):
            light, shade = (made[split].images[made[split].labels == label].mean() for made in (bright, dark))
            assert light > shade
