"""A file of NumPy is read as far as it holds what it says."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dann.core.limits import TooLargeError
from dann.core.numpy_files import ArrayFileError, ObjectsError, load_array, open_arrays, read_header


def npy(descr: str, shape: str, data: bytes = bytes(12), version: tuple[int, int] = (1, 0)) -> bytes:
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(200) + b'\n'
    return (
        np.lib.format.magic(*version)
        + len(header).to_bytes(2 if version == (1, 0) else 4, 'little')
        + header
        + data
    )


def objects() -> bytes:
    file = io.BytesIO()
    np.save(file, np.array([None, 'x'], dtype=object), allow_pickle=True)
    return file.getvalue()


BAD = {
    'ten to the thirty': (
        npy("'|u1'", f'({10**30},)'),
        r'says uint8 of shape \(10{30},\), .* bytes, and it has 12',
    ),
    'a terabyte': (npy("'|u1'", f'({10**12},)'), '1,000,000,000,000 bytes, and it has 12'),
    'negative': (npy("'|u1'", '(-1, -1, 12)'), 'which is no shape'),
    'nothing at length': (npy("'|u1'", f'({10**12}, 0)'), 'which holds nothing'),
    'text without letters': (npy("'<U0'", f'({10**12},)'), 'which holds nothing'),
    'objects': (objects(), 'holds Python objects'),
    'columns': (npy("[('a', '<i4')]", '(3,)'), 'named columns; write one array for each'),
    'a new version': (npy("'|u1'", '(3,)', version=(3, 0)), 'version 3.0, of tables with named columns'),
    'nested': (npy("'|u1'", '(' * 5000), '.'),
    'minus': (npy("'|u1'", '-' * 9000 + '1'), '.'),
    'text': (b'a text', '.'),
    'empty': (b'', '.'),
    'half a header': (npy("'|u1'", '(3,)')[:40], '.'),
}


def of_file(path: Path, data: bytes) -> Callable[[], Any]:
    path.write_bytes(data)
    return lambda: load_array(path)


def of_archive(path: Path, data: bytes) -> Callable[[], Any]:
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.writestr('x.npy', data)

    def read() -> Any:
        with open_arrays(path) as arrays:
            return arrays['x']

    return read


@pytest.mark.parametrize('kept', [of_file, of_archive])
@pytest.mark.parametrize('name', BAD)
def test_what_is_no_array_is_refused_in_a_line(name: str, kept: Any, tmp_path: Path) -> None:
    data, why = BAD[name]
    with pytest.raises(ArrayFileError, match=why) as error:
        kept(tmp_path / 'a', data)()
    assert '\n' not in str(error.value)
    assert len(str(error.value)) < 400
    assert isinstance(error.value, ObjectsError) == (name == 'objects')


@pytest.mark.parametrize('kept', [of_file, of_archive])
@pytest.mark.parametrize(
    'array', [np.arange(6.0).reshape(2, 3), np.array(['ä', 'b']), np.zeros((0, 3)), np.array(3)]
)
def test_an_array_is_read(kept: Any, array: Any, tmp_path: Path) -> None:
    file = io.BytesIO()
    np.save(file, array)
    found = kept(tmp_path / 'a', file.getvalue())()
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


def test_a_header_is_read_alone(tmp_path: Path) -> None:
    np.save(tmp_path / 'a.npy', np.zeros((2, 3), np.float32))
    np.savez(tmp_path / 'a.npz', x=np.zeros((2, 3), np.float32))
    assert read_header(tmp_path / 'a.npy') == (np.dtype(np.float32), (2, 3))
    with open_arrays(tmp_path / 'a.npz') as arrays:
        assert arrays.files == ['x']
        assert arrays.header('x') == (np.dtype(np.float32), (2, 3))
        with pytest.raises(KeyError):
            arrays['y']


def test_an_archive_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez_compressed(tmp_path / 'a.npz', x=np.zeros(10_000))
    monkeypatch.setenv('DANN_MAX_UNPACKED', '80000')
    with pytest.raises(TooLargeError, match='unpacks to 80,'), open_arrays(tmp_path / 'a.npz'):
        pass


def test_no_more_comes_out_of_an_archive_than_its_list_says(tmp_path: Path) -> None:
    data = bytearray(npy("'|u1'", '(100000,)', bytes(100_000)))
    of_archive(tmp_path / 'a.npz', bytes(data))
    whole = bytearray((tmp_path / 'a.npz').read_bytes())
    at = whole.rindex(b'PK\x01\x02')
    whole[at + 24 : at + 28] = (50_000).to_bytes(4, 'little')
    (tmp_path / 'a.npz').write_bytes(whole)
    with (
        open_arrays(tmp_path / 'a.npz') as arrays,
        pytest.raises(ArrayFileError, match='100,000 bytes, and it has 49,789'),
    ):
        arrays['x']


@pytest.mark.parametrize('spoilt', [b'PK\x03\x04no archive', b'', b'\x93NUMPY'])
def test_what_is_no_archive_is_refused(spoilt: bytes, tmp_path: Path) -> None:
    (tmp_path / 'a.npz').write_bytes(spoilt)
    with pytest.raises(ArrayFileError), open_arrays(tmp_path / 'a.npz'):
        pass


def test_an_error_of_the_reader_is_its_own(tmp_path: Path) -> None:
    np.savez(tmp_path / 'a.npz', x=np.zeros(3))
    with pytest.raises(ZeroDivisionError), open_arrays(tmp_path / 'a.npz'):
        1 / 0  # noqa: B018
