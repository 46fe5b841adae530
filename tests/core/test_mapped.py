"""A mapped array has its place on the disk before it is written to."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from dann.core import mapped
from dann.core.mapped import new_mapped


@pytest.mark.parametrize('takes', [True, False], ids=['the system takes the place', 'zeros are written'])
@pytest.mark.parametrize('shape', [(5, 3, 4), (0, 3), (7,)])
def test_it_is_zeros_that_can_be_written_and_read_again(
    shape: tuple[int, ...], takes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not takes:
        monkeypatch.delattr(os, 'posix_fallocate', raising=False)
        monkeypatch.setattr(mapped, 'PART', 7)
    array = new_mapped(tmp_path / 'a.npy', shape, np.float32)
    assert array.shape == shape
    assert not array.any()
    array[...] = 2.5
    array.flush()
    assert np.array_equal(np.load(tmp_path / 'a.npy'), np.full(shape, 2.5, np.float32))


@pytest.mark.skipif(not hasattr(os, 'posix_fallocate'), reason='this system takes no place in advance')
def test_all_of_its_blocks_are_taken(tmp_path: Path) -> None:
    new_mapped(tmp_path / 'a.npy', (1 << 20,), np.uint8)
    assert (tmp_path / 'a.npy').stat().st_blocks * 512 >= 1 << 20


def test_a_full_disk_is_an_error_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, 'posix_fallocate', full, raising=False)
    with pytest.raises(OSError, match='No space left'):
        new_mapped(tmp_path / 'a.npy', (5,), np.uint8)
