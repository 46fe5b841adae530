"""A packed file is unpacked as far as a limit, and a zip archive only where its list of files is sound."""

import bz2
import gzip
import zipfile
from pathlib import Path

import pytest

from dann.core import packed
from dann.core.limits import TooLargeError
from dann.core.packed import content, zip_archive


@pytest.mark.parametrize(('suffix', 'pack'), [('.gz', gzip.compress), ('.bz2', bz2.compress), ('', bytes)])
def test_a_file_is_read_unpacked(suffix: str, pack: type[bytes], tmp_path: Path) -> None:
    path = tmp_path / f'a{suffix}'
    path.write_bytes(pack(b'abc' * 100))
    assert content(path) == b'abc' * 100


@pytest.mark.parametrize(('suffix', 'pack'), [('.gz', gzip.compress), ('.bz2', bz2.compress)])
def test_no_more_is_unpacked_than_the_limit(
    suffix: str, pack: type[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f'a{suffix}'
    path.write_bytes(pack(bytes(8 << 20)))
    monkeypatch.setenv('DANN_MAX_UNPACKED', str(2 << 20))
    with pytest.raises(TooLargeError, match='unpacks to at least 3,145,728 bytes, and 2,097,152 are'):
        content(path)


def written(path: Path, names: list[str], size: int = 10) -> Path:
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, bytes(size))
    return path


def test_a_sound_archive_is_opened(tmp_path: Path) -> None:
    with zip_archive(written(tmp_path / 'a.zip', ['a', 'b/c'])) as archive:
        assert archive.read('b/c') == bytes(10)


def test_an_archive_is_measured_before_anything_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / 'a.zip', ['a', 'b'], 600)
    monkeypatch.setenv('DANN_MAX_UNPACKED', '1000')
    with pytest.raises(TooLargeError, match='unpacks to 1,200 bytes'), zip_archive(path):
        pass


@pytest.mark.parametrize(
    ('names', 'why'),
    [
        (['a', 'b', 'a'], "'a' is in it 2 times"),
        (['x/' * 3000 + 'a'], '3,001 folders deep'),
        (['x\\' * 3000 + 'a'], '3,001 folders deep'),
    ],
)
@pytest.mark.filterwarnings('ignore:Duplicate name')
def test_names_that_no_folder_holds_are_refused(names: list[str], why: str, tmp_path: Path) -> None:
    path = written(tmp_path / 'a.zip', names)
    with pytest.raises((TooLargeError, zipfile.BadZipFile), match=why), zip_archive(path):
        pass


@pytest.mark.parametrize('force', [False, True])
@pytest.mark.parametrize('comment', [b'', b'about it'])
def test_a_list_of_files_too_long_is_not_read(
    force: bool, comment: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if force:  # as an archive of 65,536 files or more has
        monkeypatch.setattr(zipfile, 'ZIP_FILECOUNT_LIMIT', 10)
    with zipfile.ZipFile(tmp_path / 'a.zip', 'w') as archive:
        archive.comment = comment
        for number in range(100):
            archive.writestr(f'{number:03}', b'')
    monkeypatch.setattr(packed, 'DIRECTORY', 100 * (46 + 3))
    with zip_archive(tmp_path / 'a.zip') as archive:
        assert len(archive.namelist()) == 100
    monkeypatch.setattr(packed, 'DIRECTORY', 100 * (46 + 3) - 1)
    monkeypatch.setattr(zipfile.ZipFile, '__init__', lambda *_: pytest.fail('the list was read'))
    with (
        pytest.raises(TooLargeError, match='lists its files in 4,900 bytes'),
        zip_archive(tmp_path / 'a.zip'),
    ):
        pass
