"""Arrays that a job left behind."""

from pathlib import Path

import numpy as np
import pytest

from dann.benchmarks.results.arrays import load_array, load_arrays
from dann.core.errors import RunError


def test_arrays_are_read_back(tmp_path: Path) -> None:
    np.savez(tmp_path / 'a.npz', one=np.arange(3), two=np.eye(2))
    np.save(tmp_path / 'b.npy', np.arange(4))
    found = load_arrays(tmp_path / 'a.npz', ['one'])
    assert {name: array.shape for name, array in found.items()} == {'one': (3,), 'two': (2, 2)}
    assert load_array(tmp_path / 'b.npy').tolist() == [0, 1, 2, 3]


def test_a_missing_array_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / 'a.npz', one=np.arange(3))
    with pytest.raises(RunError, match="expected an array 'two', got one"):
        load_arrays(tmp_path / 'a.npz', ['one', 'two'])


def test_a_damaged_file_names_the_folder_to_delete(tmp_path: Path) -> None:
    for name, load in (('a.npz', lambda path: load_arrays(path, ())), ('b.npy', load_array)):
        (tmp_path / name).write_bytes(b'PK, but not a file of arrays')
        with pytest.raises(RunError, match=rf'cannot read .*{name} .*; delete {tmp_path} and run'):
            load(tmp_path / name)
