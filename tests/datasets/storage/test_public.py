"""Data sets that can be fetched are fetched into a layout that is read, whole or not at all."""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from published import drawn, write_gtsrb, write_idx, write_libsvm, write_matlab

from dann.core.errors import RunError
from dann.datasets import GTSRB, MNIST, SVHN, USPS
from dann.datasets.storage.public import MissingDataError, PublicDomain, held_out

pytestmark = pytest.mark.filterwarnings('ignore:.*was published with')
DIGITS = drawn(40, (16, 16), 0), drawn(20, (16, 16), 1)
HOUSES = drawn(40, (32, 32, 3), 4), drawn(20, (32, 32, 3), 5)
KINDS: dict[Any, dict[str, Any]] = {MNIST: {'val': 12}, USPS: {'val': 12}, SVHN: {'val': 12}, GTSRB: {}}


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing of it."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope='module')
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the files as their authors serve them."""
    folder = tmp_path_factory.mktemp('published')
    write_idx(folder / 'idx', *DIGITS, packed=True)
    for path in (folder / 'idx').iterdir():
        path.rename(folder / path.name)
    write_libsvm(folder, *DIGITS)
    for name, part in zip(('train', 'test'), HOUSES, strict=True):
        write_matlab(folder / f'{name}_32x32.mat', *part)
    signs = {label: [label, 100, 200] for label in range(43)}
    names = {'training': 'GTSRB/Final_Training/Images', 'truth': 'GT-final_test.csv'}
    write_gtsrb(folder / 'signs', signs, [(label, 20) for label in range(43)], **names)
    for name, inside in (('Training', 'GTSRB/Final_Training'), ('Test', 'GTSRB/Final_Test')):
        archive = folder / f'GTSRB_Final_{name}_Images'
        shutil.make_archive(str(archive), 'zip', folder / 'signs', inside)
    shutil.make_archive(str(folder / 'GTSRB_Final_Test_GT'), 'zip', folder / 'signs', 'GT-final_test.csv')
    return folder


@pytest.fixture
def served(published: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same files on a server, and every data set told of it."""
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    with ThreadingHTTPServer(('127.0.0.1', 0), partial(Quiet, directory=str(published))) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        for kind in KINDS:
            sources = []
            for source in kind.sources:
                name = source.url.rpartition('/')[2]
                md5 = hashlib.md5((published / name).read_bytes()).hexdigest()
                url = f'http://127.0.0.1:{server.server_address[1]}/{name}'
                sources.append(replace(source, url=url, digest=md5))
            monkeypatch.setattr(kind, 'sources', tuple(sources))
        yield
        server.shutdown()


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob('*') if path.is_file()}


@pytest.mark.usefixtures('served')
@pytest.mark.parametrize('kind', KINDS)
def test_what_is_fetched_is_read(kind: Any, tmp_path: Path) -> None:
    domain = kind(root=str(tmp_path), download=True, **KINDS[kind])
    train, test = domain.parts()
    assert len(train.labels) == (387 if kind is GTSRB else 40)
    assert len(test.labels) == (43 if kind is GTSRB else 20)
    assert not [name for name in files(tmp_path) if name.endswith(('.zip', '.part'))]
    assert kind(root=str(tmp_path), **KINDS[kind]).folder == domain.folder


@pytest.mark.usefixtures('served')
@pytest.mark.parametrize('kind', KINDS)
def test_nothing_is_fetched_unasked(kind: Any, tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match='or set `download: true`'):
        kind(root=str(tmp_path), **KINDS[kind]).prepare()
    assert files(tmp_path) == set()


@pytest.mark.usefixtures('served')
@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('fault', ['refused', 'other'])
def test_a_failed_download_leaves_nothing_and_says_what_to_do(
    kind: type[PublicDomain], fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = kind.sources[0]
    wrong = replace(first, digest='0' * 32) if fault == 'other' else replace(first, url=f'{first.url}-gone')
    monkeypatch.setattr(kind, 'sources', (wrong, *kind.sources[1:]))
    made: Any = kind
    with pytest.raises(RunError, match=rf'; fetch {wrong.url} by hand and place it as .*{first.name}'):
        made(root=str(tmp_path), download=True, **KINDS[kind]).prepare()
    assert files(tmp_path) == set()


@pytest.mark.usefixtures('served')
def test_files_that_are_there_are_kept(tmp_path: Path) -> None:
    MNIST(val=12, root=str(tmp_path), download=True).parts()
    path = tmp_path / MNIST.sources[0].name
    before = path.stat().st_mtime_ns
    (tmp_path / MNIST.sources[1].name).unlink()
    MNIST(val=12, root=str(tmp_path), download=True).parts()
    assert path.stat().st_mtime_ns == before
    assert (tmp_path / MNIST.sources[1].name).exists()


@pytest.mark.usefixtures('served')
def test_sources_that_do_not_make_a_layout_are_missing_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(USPS, 'sources', USPS.sources[:1])
    with pytest.raises(MissingDataError, match=r'place it as usps/usps\.npz'):
        USPS(val=12, root=str(tmp_path), download=True).prepare()


@pytest.mark.usefixtures('served')
def test_an_archive_placed_by_hand_is_unpacked(published: Path, tmp_path: Path) -> None:
    (tmp_path / 'gtsrb').mkdir()
    for name in ('GTSRB_Final_Training_Images', 'GTSRB_Final_Test_Images', 'GTSRB_Final_Test_GT'):
        shutil.copy(published / f'{name}.zip', tmp_path / 'gtsrb')
    train, _ = GTSRB(root=str(tmp_path), download=True).parts()
    assert len(train.labels) == 387


def test_the_extra_part_is_fetched_where_it_is_asked_for() -> None:
    names = [source.name for source in SVHN(extra=True).sources]
    assert names == [source.name for source in SVHN().sources] + ['svhn/extra_32x32.mat']


@pytest.mark.parametrize('kind', KINDS)
def test_sources_have_an_address_and_a_checksum(kind: type[PublicDomain]) -> None:
    for source in kind.sources:
        assert source.url.startswith(('https://', 'http://'))
        assert source.url.rpartition('/')[2] == source.name.rpartition('/')[2]
        assert len(source.digest) in (32, 64)
        assert int(source.digest, 16) > 0


def test_a_drawn_validation_split_and_what_stays_are_all_samples_once() -> None:
    stay, val = held_out(20, 6, seed=1)
    assert len(val) == 6
    assert sorted([*stay.tolist(), *val.tolist()]) == list(range(20))
    assert val.tolist() == sorted(val.tolist()) != held_out(20, 6, seed=2)[1].tolist()
