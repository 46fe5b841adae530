"""Folders are listed as the training reads them, and what does not fit is named."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from checks_found import found
from planted import (
    clean_folder,
    noise,
    save,
)

from dann.cli import main
from dann.core.errors import UserError
from dann.datasets.checks import check_data
from dann.datasets.checks.folder import list_folder
from dann.datasets.own.folder import Folder, wrapping


def test_a_class_may_be_called_train_and_hold_folders(tmp_path: Path) -> None:
    root = clean_folder(tmp_path, split=False)
    for domain in ('day', 'night'):
        (root / domain / 'bus').rename(root / domain / 'train')
        inner = root / domain / 'van' / 'front'
        inner.mkdir()
        for path in sorted((root / domain / 'van').glob('train*')):
            path.rename(inner / path.name)
    check = check_data(root)
    assert found(check) == {}
    assert check.counts['day'] == {None: {'car': 10, 'train': 10, 'van': 10}}


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    root = clean_folder(tmp_path)
    (root / 'day/train/bus/again').symlink_to(root / 'day/train/bus', target_is_directory=True)
    (root / 'day/val/bus/other').symlink_to(root / 'day/val/van', target_is_directory=True)
    (root / 'day/val/van/other').symlink_to(root / 'day/val/bus', target_is_directory=True)
    check = check_data(root)
    assert {'unreadable', 'misplaced-image'}.isdisjoint(found(check))
    assert check.counts['day']['train'] == {'bus': 6, 'car': 6, 'van': 6}
    assert check.counts['day']['val'] == {'bus': 4, 'car': 2, 'van': 4}


def test_class_folders_without_domains_are_domains_without_labels(tmp_path: Path) -> None:
    for name in ('bus', 'car'):
        save(tmp_path / name / '0.png', noise(len(name), (9, 9 + len(name[:1]), 3)))
    assert set(found(check_data(tmp_path))) >= {'no-labels'}
    assert found(check_data(tmp_path))['no-labels'] == {'bus', 'car'}


def test_an_empty_folder_has_no_domains(tmp_path: Path) -> None:
    assert set(found(check_data(tmp_path))) == {'one-domain'}


def wrapped(folder: Path, name: str) -> Path:
    """Return clean data whose day lies in one folder of that name."""
    root = clean_folder(folder / 'own', split=False)
    (root / 'day').rename(folder / name)
    (root / 'day').mkdir()
    (folder / name).rename(root / 'day' / name)
    return root


def test_a_folder_images_is_passed_through(tmp_path: Path) -> None:
    check = check_data(wrapped(tmp_path, 'images'))
    assert found(check) == {}
    assert set(check.counts['day'][None]) == {'bus', 'car', 'van'}


def test_domains_one_folder_deeper_are_named(tmp_path: Path) -> None:
    root = clean_folder(tmp_path / 'wrapped' / 'inside', split=False).parent
    check = check_data(root)
    assert found(check)['wrapped-domains'] == {'inside'}
    with pytest.raises(UserError, match=r'wrapped has no domain day, but .*inside has; name that folder'):
        Folder(str(root), 'day')
    assert 'wrapped-domains' not in found(check_data(root / 'inside'))


def test_a_folder_that_cannot_be_read_wraps_nothing(tmp_path: Path) -> None:
    assert wrapping(tmp_path / 'absent') is None


def test_splits_are_no_domains(tmp_path: Path) -> None:
    root = clean_folder(tmp_path / 'own', split=True)
    shutil.rmtree(root / 'night')
    assert set(found(check_data(root))) == {'one-domain'}


def test_one_class_folder_of_folders_is_named(tmp_path: Path) -> None:
    check = check_data(wrapped(tmp_path, 'all'))
    assert found(check)['nested-classes'] == {'day/all'}
    (finding,) = [each for each in check.findings if each.fault.code == 'nested-classes']
    assert 'day/all (bus, car, van); move these up' in str(finding)


def test_folders_of_file_servers_are_no_data(tmp_path: Path) -> None:
    root = clean_folder(tmp_path)
    for place in (root, root / 'day', root / 'day/train', root / 'day/train/bus'):
        for name in ('@eaDir', '.AppleDouble', '__MACOSX', '#recycle', 'lost+found'):
            save(place / name / 'a.png', noise(0))
    assert found(check_data(root)) == {}


def test_a_class_may_be_called_like_a_file(tmp_path: Path) -> None:
    root = clean_folder(tmp_path)
    for place in root.glob('*/*/bus'):
        place.rename(place.with_name('bus.jpg'))
    assert found(check_data(root)) == {}


def test_photographs_of_a_telephone_are_named(tmp_path: Path) -> None:
    root = clean_folder(tmp_path)
    (root / 'day/train/bus/IMG_1.HEIC').write_bytes(b'?')
    assert found(check_data(root)) == {'unread-suffix': {'day/train/bus/IMG_1.HEIC'}}


@pytest.fixture
def deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], Path]]:
    """Makes a class of one image, so many folders deep, and returns the folder of the domains."""
    root = tmp_path / 'root'

    def dig(levels: int) -> Path:
        (root / 'day' / 'car').mkdir(parents=True)
        monkeypatch.chdir(root / 'day' / 'car')
        for _ in range(levels):
            os.mkdir('x')  # noqa: PTH102
            os.chdir('x')
        save(Path('a.png'), noise(0))
        os.chdir(tmp_path)
        return root

    yield dig
    subprocess.run(['rm', '-rf', root], check=True)  # deeper than Python removes


def test_folders_a_thousand_deep_are_walked(deep: Callable[[int], Path]) -> None:
    root = deep(1400)
    assert [entry.label for entry in list_folder(root).entries] == ['car']
    assert [item.label for item in Folder(str(root), 'day').listing()] == ['car']


def test_folders_deeper_than_a_path_may_be_are_a_line(
    deep: Callable[[int], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root = deep(2500)
    assert main(['data', 'check', str(root)]) == 1
    assert 'File name too long' in capsys.readouterr().out
    with pytest.raises(UserError, match='File name too long'):
        Folder(str(root), 'day').listing()
