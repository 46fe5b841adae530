"""An archive is unpacked inside its folder, and no further than is allowed."""

import io
import tarfile
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest

from dann.core.errors import RunError
from dann.core.limits import TooLargeError
from dann.datasets.storage import archives
from dann.datasets.storage.archives import extract
from dann.datasets.storage.download import unpack


def packed(path: Path, names: list[str], size: int) -> Path:
    if path.suffix == '.zip':
        with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
            for name in names:
                archive.writestr(name, bytes(size))
        return path
    modes: dict[str, Any] = {'.tar': 'w:', '.gz': 'w:gz', '.xz': 'w:xz'}
    with tarfile.open(path, modes[path.suffix]) as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = size
            tar.addfile(member, io.BytesIO(bytes(size)))
    return path


KINDS = ('a.zip', 'a.tar', 'a.gz', 'a.xz')


@pytest.mark.parametrize('name', KINDS)
def test_a_bomb_is_refused_with_size_limit_and_variable(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = packed(tmp_path / name, ['x', 'y', 'z'], 1000)
    monkeypatch.setenv('DANN_MAX_UNPACKED', '2500')
    with pytest.raises(
        RunError, match=r'a\..* unpacks to .*3,000 bytes, and 2,500 .*DANN_MAX_UNPACKED.* by hand'
    ):
        unpack(archive, tmp_path / 'out')
    assert [path.name for path in tmp_path.iterdir()] == [name]
    monkeypatch.setenv('DANN_MAX_UNPACKED', '3000')
    assert len([*unpack(archive, tmp_path / 'out').iterdir()]) == 3


@pytest.mark.parametrize('name', KINDS)
def test_folders_too_deep_are_refused(name: str, tmp_path: Path) -> None:
    archive = packed(tmp_path / name, ['a', 'x/' * 2000 + 'y'], 1)
    with pytest.raises(RunError, match='2,001 folders deep, and 60 are made at most'):
        unpack(archive, tmp_path / 'out')


def test_a_tar_of_too_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, 'MEMBERS', 2)
    (tmp_path / 'out').mkdir()
    extract(packed(tmp_path / 'a.tar', ['x', 'y'], 1), tmp_path / 'out')
    with pytest.raises(TooLargeError, match='holds more than 2 files'):
        extract(packed(tmp_path / 'b.tar', ['x', 'y', 'z'], 1), tmp_path / 'out')


@pytest.mark.parametrize('kind', [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK])
def test_a_name_as_long_as_the_memory_is_not_read(kind: bytes, tmp_path: Path) -> None:
    member = tarfile.TarInfo('x')
    member.type, member.size = kind, 100 << 20
    with tarfile.open(tmp_path / 'a.gz', 'w:gz') as tar:
        tar.addfile(member, io.BytesIO(bytes(member.size)))
        tar.addfile(tarfile.TarInfo('y'))
    tracemalloc.start()
    with pytest.raises(RunError, match='has a name of 104,857,600 bytes'):
        unpack(tmp_path / 'a.gz', tmp_path / 'out')
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 20 << 20


@pytest.mark.parametrize('kind', [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_devices_are_refused(kind: bytes, tmp_path: Path) -> None:
    member = tarfile.TarInfo('x')
    member.type = kind
    with tarfile.open(tmp_path / 'a.tar', 'w') as tar:
        tar.addfile(member)
    with pytest.raises(RunError, match='cannot unpack'):
        unpack(tmp_path / 'a.tar', tmp_path / 'out')


@pytest.mark.filterwarnings('ignore:Duplicate name')
def test_a_zip_with_a_name_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="'x' is in it 2 times"):
        unpack(packed(tmp_path / 'a.zip', ['x', 'x'], 1), tmp_path / 'out')


def test_a_damaged_member_is_a_line(tmp_path: Path) -> None:
    archive = packed(tmp_path / 'a.zip', ['x'], 100_000)
    data = bytearray(archive.read_bytes())
    data[40:60] = b'\xff' * 20
    archive.write_bytes(data)
    with pytest.raises(RunError, match=r'cannot unpack .*delete it and fetch it again'):
        unpack(archive, tmp_path / 'out')
