"""Files of arrays are what their readers expect, or are refused."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from dann.core.limits import TooLargeError
from dann.datasets.storage.array_files import Part, idx, read_idx, read_libsvm, read_matlab, read_npz


def test_images_of_another_kind_are_refused() -> None:
    with pytest.raises(ValueError, match=r'expected uint8 images .*, got float64 \(2, 3, 3\)'):
        Part(np.zeros((2, 3, 3)), np.zeros(2, int))  # type: ignore[arg-type]


def test_an_idx_file_of_other_numbers_is_refused(tmp_path: Path) -> None:
    (tmp_path / 'floats').write_bytes(b'\0\0\x0d\x01\0\0\0\x01\0\0\0\0')
    with pytest.raises(ValueError, match='expected an IDX file of bytes'):
        idx(tmp_path / 'floats')


def test_an_idx_file_whose_axes_multiply_beyond_measure_is_refused(tmp_path: Path) -> None:
    (tmp_path / 'large').write_bytes(b'\0\0\x08\x04' + b'\xff' * 16)
    with pytest.raises(ValueError, match=f'expected {(2**32 - 1) ** 4} bytes of content, got 0'):
        idx(tmp_path / 'large')


@pytest.mark.parametrize('name', ['a.gz', 'a.bz2', 'a.npz', 'a.mat'])
def test_a_small_file_that_unpacks_to_much_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, zeros = tmp_path / name, np.zeros((32, 32, 3, 1000), np.uint8)
    if name == 'a.npz':
        np.savez_compressed(path, x_train=zeros)
        read = read_npz
    elif name == 'a.mat':
        savemat(path, {'X': zeros, 'y': np.ones((1000, 1))}, do_compression=True)
        read = read_matlab
    else:
        path.write_bytes((gzip if name == 'a.gz' else bz2).compress(zeros.tobytes()))
        read = read_idx if name == 'a.gz' else read_libsvm
    monkeypatch.setenv('DANN_MAX_UNPACKED', str(1 << 20))
    with pytest.raises(
        TooLargeError, match='bytes, and 1,048,576 are unpacked at most; set DANN_MAX_UNPACKED'
    ):
        read([path] * 4)


def test_the_file_of_svhn_is_read_within_its_limit(tmp_path: Path) -> None:
    path = tmp_path / 'a.mat'
    images = np.random.default_rng(0).integers(0, 256, (32, 32, 3, 7), np.uint8)
    savemat(path, {'X': images, 'y': np.full((7, 1), 10)}, do_compression=True)
    train, _ = read_matlab([path, path])
    assert train.images.shape == (7, 32, 32, 3)
    assert not train.labels.any()
