"""Folders are listed as the training reads them, and what does not fit is named."""

from __future__ import annotations

from pathlib import Path

from checks_found import found
from planted import (
    clean_folder,
    noise,
    save,
)

from dann.datasets.checks import check_data


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
