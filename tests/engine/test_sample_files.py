"""Arrays and tables in files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dann.core.errors import UserError
from dann.engine.sample_files import is_table, read_samples

VALUES = np.arange(6, dtype=np.float32).reshape(3, 2)


def test_arrays_are_read_with_the_names_of_their_rows(tmp_path: Path) -> None:
    np.save(tmp_path / 'a.npy', VALUES)
    np.savez(tmp_path / 'b.npz', x=VALUES, y=np.zeros(3))
    for name in ('a.npy', 'b.npz'):
        names, values = read_samples(tmp_path / name)
        assert names == [f'{name}[0]', f'{name}[1]', f'{name}[2]']
        np.testing.assert_array_equal(values, VALUES)


def test_columns_of_a_table_go_by_their_names(tmp_path: Path) -> None:
    path = tmp_path / 'a.csv'
    path.write_text('Domain,b,label,a\nx,1,cat,0\n\nx,3,dog,2\n', encoding='utf-8-sig')
    names, values = read_samples(path, ('a', 'b'))
    assert names == ['a.csv:2', 'a.csv:4']
    np.testing.assert_array_equal(values, [[0, 1], [2, 3]])
    np.testing.assert_array_equal(read_samples(path)[1], [[1, 0], [3, 2]])
    with pytest.raises(UserError, match="lacks the column 'c' that the model was trained on"):
        read_samples(path, ('a', 'c'))


@pytest.mark.parametrize('cell', ['cat', '', '1_0'])
def test_a_cell_that_is_no_number_is_named(cell: str, tmp_path: Path) -> None:
    path = tmp_path / 'a.csv'
    path.write_text(f'a,b\n1,2\n3,{cell}\n')
    with pytest.raises(UserError, match=f"line 3 of .*a.csv has '{cell}' where a number is expected"):
        read_samples(path)
    path.write_text('a,b\n1\n')
    with pytest.raises(UserError, match='line 2 of'):
        read_samples(path)


def test_files_without_samples_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / 'a.npy', VALUES[:0])
    np.save(tmp_path / 'b.npy', np.float32(3))
    (tmp_path / 'c.csv').write_text('a,b\n')
    for name in ('a.npy', 'b.npy', 'c.csv'):
        with pytest.raises(UserError, match='holds no samples'):
            read_samples(tmp_path / name)


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    for name in ('a.npy', 'a.npz'):
        (tmp_path / name).write_bytes(b'nothing')
        with pytest.raises(UserError, match='cannot read'):
            read_samples(tmp_path / name)
    np.savez(tmp_path / 'b.npz', z=VALUES)
    np.save(tmp_path / 'c.npy', np.array([{}], object), allow_pickle=True)
    (tmp_path / 'd.csv').write_bytes(b'\xff\xfe\x00')
    for name in ('b.npz', 'c.npy', 'd.csv', 'e.csv'):
        with pytest.raises(UserError, match='cannot read'):
            read_samples(tmp_path / name)
    assert [is_table(Path(name)) for name in ('a.NPY', 'a.csv', 'a.png')] == [True, True, False]
