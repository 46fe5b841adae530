"""A folder is opened once: one parse of the manifest, one hash a file, and no file that nobody asked for."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from photos import Photos, write_pair
from toy import Toy

from dann.core.errors import RunError
from dann.core.hashing import sha256
from dann.datasets import DomainPair
from dann.datasets.storage import stored_folder
from dann.datasets.storage.stored_folder import StoredFolder


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each file was hashed, and under ``manifest.json`` how many manifests were parsed."""
    counts: Counter[str] = Counter()
    loads = json.loads

    def hashed(path: Path) -> str:
        counts[f'{path.parent.name}/{path.name}'] += 1
        return sha256(path)

    def parsed(text: str) -> Any:
        counts['manifest.json'] += 1
        return loads(text)

    monkeypatch.setattr(stored_folder, 'sha256', hashed)
    monkeypatch.setattr(json, 'loads', parsed)
    return counts


def test_a_setup_hashes_each_file_once_and_parses_each_manifest_once(
    tmp_path: Path, counted: Counter[str]
) -> None:
    source, target = (Toy(name, root=str(tmp_path)) for name in 'ab')
    data = DomainPair(source, target, batch_size=10)
    data.prepare_data()
    counted.clear()
    data.setup()
    of_source = [
        'train.ids',
        'val.ids',
        'test.ids',
        'train.images',
        'val.images',
        'test.images',
        'train.labels',
        'val.labels',
        'test.labels',
    ]
    of_target = [f'{split}.{part}' for split in ('train', 'val', 'test') for part in ('ids', 'images')]
    expected = {f'{source.folder.name}/{name}.npy': 1 for name in of_source}
    expected |= {f'{target.folder.name}/{name}.npy': 1 for name in of_target}
    assert counted == expected | {'manifest.json': 2}


def test_a_setup_with_files_and_names_hashes_each_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: Counter[str]
) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))
    root = write_pair(tmp_path / 'photos')
    data = DomainPair(Photos(root, 'day', keep='files'), Photos(root, 'night', keep='files'), batch_size=6)
    data.prepare_data()
    counted.clear()
    data.setup()
    assert counted.pop('manifest.json') == 2
    assert set(counted.values()) == {1}
    assert not any('images' in name for name in counted)


def test_a_file_that_changes_is_verified_again(tmp_path: Path, counted: Counter[str]) -> None:
    domain = Toy(root=str(tmp_path))
    domain.prepare()
    folder, name = StoredFolder(domain.folder), 'train.ids.npy'
    assert folder.texts(name) == folder.texts(name)
    path = domain.folder / name
    assert counted == {'manifest.json': 1, f'{domain.folder.name}/{name}': 1}
    os.utime(path, ns=(0, 0))
    folder.texts(name)
    assert counted[f'{domain.folder.name}/{name}'] == 2
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(RunError, match='is missing or not what its manifest says'):
        folder.texts(name)


def test_what_is_handed_out_is_a_copy(tmp_path: Path) -> None:
    domain = Toy(root=str(tmp_path))
    domain.ids('val').clear()
    domain.manifest()['sha256'].clear()
    domain.images('val').zero_()
    assert len(domain.ids('val')) == 12
    assert domain.images('val').any()


def test_a_domain_moved_to_another_root_is_opened_there(tmp_path: Path) -> None:
    domain = Toy(root=str(tmp_path / 'a'))
    domain.ids('val')
    domain.root = tmp_path / 'b'
    assert len(domain.ids('val')) == 12
    assert (tmp_path / 'b' / domain.folder.name).is_dir()


def test_a_folder_that_was_deleted_is_made_anew(tmp_path: Path) -> None:
    domain = Toy(root=str(tmp_path))
    before = domain.ids('val')
    for path in domain.folder.iterdir():
        path.unlink()
    domain.folder.rmdir()
    assert domain.ids('val') == before


@pytest.mark.parametrize('content', ['', '{', '{}', '[]', 'null', '{"sha256": []}', '[' * 100_000])
def test_a_manifest_that_is_none_is_named(content: str, tmp_path: Path) -> None:
    (tmp_path / 'manifest.json').write_text(content)
    with pytest.raises(RunError, match=rf'manifest\.json.*; delete {tmp_path} to have it made anew'):
        StoredFolder(tmp_path)
