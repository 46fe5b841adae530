"""A stored domain is on disk whole or not at all, and says when it is not what it was."""

from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from toy import Toy
from watch import WATCH

from dann.core.errors import RunError, UserError
from dann.datasets.storage.stored_domain import Samples

PARTS = ('images', 'labels', 'ids')


SPLITS = ('train', 'val', 'test')


class Counted(Toy):
    """Counts how often it is drawn."""

    times = 0

    def make(self) -> dict[str, Samples]:
        self.times += 1
        return super().make()


class Broken:
    """Samples whose labels can be read no more."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    @property
    def labels(self) -> NDArray[np.int64]:
        raise self.error


class Failing(Toy):
    """Breaks off after its first split, when one file after the other is being written."""

    def __init__(self, root: Path, error: BaseException) -> None:
        super().__init__(root=str(root))
        self.error: BaseException | None = error

    def make(self) -> dict[str, Samples]:
        broken: dict[str, Any] = {} if self.error is None else {'val': Broken(self.error)}
        return {**super().make(), **broken}


class Newer(Toy):
    """The same class with another way of drawing."""

    version = 2


Newer.__name__ = 'Toy'


@pytest.fixture
def opened() -> Iterator[list[str]]:
    WATCH.opened = []
    yield WATCH.opened
    WATCH.opened = None


def test_a_domain_is_drawn_once(tmp_path: Path) -> None:
    domain = Counted(root=str(tmp_path))
    for _ in range(2):
        domain.prepare()
        domain.images('train')
        domain.labels('val')
        domain.manifest()
    assert domain.times == 1
    again = Counted(root=str(tmp_path))
    again.prepare()
    assert again.times == 0
    assert [path.name for path in tmp_path.iterdir()] == [domain.folder.name]


def test_what_was_drawn_is_what_is_read(tmp_path: Path) -> None:
    domain = Toy(root=str(tmp_path))
    for split, samples in domain.make().items():
        assert torch.equal(domain.images(split), torch.from_numpy(samples.images))
        assert torch.equal(domain.labels(split), torch.from_numpy(samples.labels))
        assert domain.ids(split) == samples.ids.tolist()
        assert domain.images(split).dtype == torch.uint8
        assert domain.labels(split).dtype == torch.int64


def test_the_folder_depends_on_all_that_the_pixels_depend_on(tmp_path: Path) -> None:
    root = str(tmp_path)
    kinds = [Toy('a', root=root), Toy('b', root=root), Toy('a', 1, root=root), Toy('a', val=13, root=root)]
    folders = {domain.folder for domain in [*kinds, Newer(root=root), Counted(root=root)]}
    assert len(folders) == 6
    assert Toy('a', root=root).folder in folders
    assert all(folder.parent == tmp_path for folder in folders)


def test_the_cache_is_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'there'))
    assert Toy().folder.parent == tmp_path / 'there'
    assert Toy(root=str(tmp_path)).folder.parent == tmp_path
    monkeypatch.setenv('HOME', str(tmp_path))
    monkeypatch.delenv('DANN_CACHE')
    assert Toy().folder.parent == tmp_path / '.cache' / 'dann'
    monkeypatch.setenv('DANN_CACHE', '~/elsewhere')
    assert Toy().folder.parent == Toy(root='~/elsewhere').folder.parent == tmp_path / 'elsewhere'


def test_the_manifest_counts_and_hashes_what_is_there(tmp_path: Path) -> None:
    domain = Toy('b', seed=3, train=47, val=13, test=11, root=str(tmp_path))
    manifest = domain.manifest()
    for split, samples in domain.make().items():
        for number, name in enumerate(('red', 'green', 'blue')):
            assert manifest['counts'][split][name] == sum(int(label) == number for label in samples.labels)
    expected = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in domain.folder.glob('*.npy')
    }
    assert manifest['sha256'] == expected
    assert set(expected) == {f'{split}.{part}.npy' for split in SPLITS for part in PARTS}
    assert manifest['name'] == 'toy/b'
    assert manifest['version'] == 1
    assert manifest['options'] == {'domain': 'b', 'seed': 3, 'counts': {'train': 47, 'val': 13, 'test': 11}}


@pytest.mark.parametrize('error', [ValueError('a bug'), KeyboardInterrupt(), SystemExit(1), MemoryError()])
def test_a_drawing_that_breaks_off_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    domain = Failing(tmp_path, error)
    with pytest.raises(type(error)) as caught:
        domain.prepare()
    assert caught.value is error
    assert list(tmp_path.iterdir()) == []
    domain.error = None
    domain.prepare()
    assert [path.name for path in tmp_path.iterdir()] == [domain.folder.name]
    assert len(domain.ids('test')) == 12


def test_a_drawing_that_fails_at_once_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> dict[str, Samples]:
        raise ZeroDivisionError

    domain = Toy(root=str(tmp_path))
    monkeypatch.setattr(domain, 'make', fail)
    with pytest.raises(ZeroDivisionError):
        domain.images('train')
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        RunError, match=r'cannot write .*toy-a-.*No space left.*; free the disk or set DANN_CACHE'
    ):
        Failing(tmp_path, OSError(errno.ENOSPC, 'No space left on device')).prepare()
    assert list(tmp_path.iterdir()) == []


def test_a_faster_parallel_worker_wins_quietly(tmp_path: Path) -> None:
    class Slow(Toy):
        def make(self) -> dict[str, Samples]:
            faster = Slow(root=str(tmp_path))
            faster.__dict__['make'] = lambda: Toy.make(faster)
            faster.prepare()
            return super().make()

    domain = Slow(root=str(tmp_path))
    domain.prepare()
    assert [path.name for path in tmp_path.iterdir()] == [domain.folder.name]
    assert len(domain.images('train')) == 48


def test_a_folder_without_a_manifest_is_made_anew(tmp_path: Path) -> None:
    domain = Toy(root=str(tmp_path))
    domain.folder.mkdir()
    (domain.folder / 'train.images.npy').write_bytes(b'half')
    domain.prepare()
    assert len(domain.images('train'))
    assert [path.name for path in tmp_path.iterdir()] == [domain.folder.name]


def flip_last_byte(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


DAMAGES: list[Callable[[Path], object]] = [
    flip_last_byte,
    lambda path: path.write_bytes(path.read_bytes()[:-1]),
    lambda path: path.write_bytes(b''),
    Path.unlink,
]


@pytest.mark.parametrize('damage', DAMAGES, ids=['tampered', 'truncated', 'empty', 'missing'])
@pytest.mark.parametrize('part', PARTS)
def test_a_damaged_file_is_not_read(tmp_path: Path, part: str, damage: Callable[[Path], object]) -> None:
    domain = Toy(root=str(tmp_path))
    domain.prepare()
    damage(domain.folder / f'val.{part}.npy')
    said = (
        rf'val\.{part}\.npy is missing or not what its manifest says; delete {domain.folder} to have it made'
    )
    with pytest.raises(RunError, match=said):
        getattr(domain, part)('val')
    assert len(getattr(domain, part)('train')) == 48


@pytest.mark.parametrize('content', ['', '{"counts": {'])
def test_a_damaged_manifest_says_what_to_do(tmp_path: Path, content: str) -> None:
    domain = Toy(root=str(tmp_path))
    domain.prepare()
    (domain.folder / 'manifest.json').write_text(content)
    with pytest.raises(RunError, match=rf'; delete {domain.folder} to have it made anew'):
        domain.images('train')


@pytest.mark.parametrize('below', ['', 'sub', 'sub/sub'])
def test_a_root_that_cannot_be_written_says_what_to_do(tmp_path: Path, below: str) -> None:
    (tmp_path / 'file').touch()
    root = tmp_path / 'file' / below
    with pytest.raises(
        UserError, match=rf'cannot write data to {root} \(.+\); set DANN_CACHE to a folder you can'
    ):
        Toy(root=str(root)).prepare()


@pytest.mark.parametrize('part', PARTS)
def test_each_part_is_read_from_its_own_file_alone(
    tmp_path: Path, part: str, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = Toy(root=str(tmp_path))
    domain.prepare()
    loaded: list[str] = []
    load = np.load

    def note(path: Path, **options: Any) -> Any:
        loaded.append(path.name)
        return load(path, **options)

    monkeypatch.setattr(np, 'load', note)
    opened.clear()
    getattr(domain, part)('val')
    assert loaded == [f'val.{part}.npy']
    mine = {Path(path).name for path in opened if path.startswith(str(tmp_path))}
    assert mine == {f'val.{part}.npy', 'manifest.json'}


@pytest.mark.parametrize('part', PARTS)
def test_a_part_can_be_read_when_all_others_are_gone(tmp_path: Path, part: str) -> None:
    domain = Toy(root=str(tmp_path))
    domain.prepare()
    for path in domain.folder.glob('*.npy'):
        if path.name != f'test.{part}.npy':
            path.unlink()
    assert len(getattr(domain, part)('test')) == 12


def test_the_manifest_is_plain_json(tmp_path: Path) -> None:
    domain = Toy(root=str(tmp_path))
    domain.prepare()
    text = (domain.folder / 'manifest.json').read_text()
    assert json.loads(text) == domain.manifest()
    assert text.endswith('}\n')
