"""Archives of arrays are listed, and what does not fit is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from checks_found import found, write
from planted import (
    clean_arrays,
)

from dann.datasets.checks import check_data


def test_not_a_number_is_found_among_floats(tmp_path: Path) -> None:
    arrays = clean_arrays()
    arrays['x'] = arrays['x'].astype(np.float32) / 255
    arrays['x'][4, 0, 0, 0], arrays['x'][11, 1, 1, 1] = np.nan, np.inf
    check = check_data(write(tmp_path, arrays))
    assert found(check) == {'wrong-dtype': {'x'}, 'nan': {'x[4]', 'x[11]'}}


@pytest.mark.parametrize('content', [b'', b'no archive', b'PK\x03\x04 broken'])
def test_an_archive_that_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / 'own.npz').write_bytes(content)
    assert set(found(check_data(tmp_path / 'own.npz'))) == {'unreadable' if content else 'zero-byte'}


def test_arrays_that_say_too_much_are_findings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez_compressed(tmp_path / 'a.npz', x=np.zeros((100, 8)), y=np.zeros(100, int), domain=['p'] * 100)
    monkeypatch.setenv('DANN_MAX_UNPACKED', '5000')
    (found,) = [str(each) for each in check_data(tmp_path / 'a.npz').findings.of('error')]
    assert 'set DANN_MAX_UNPACKED to more' in found


@pytest.mark.parametrize('shape', [b'(9999999999999999999999999999999,)', b'(999999999999, 0)', b'(-1, -3)'])
def test_headers_that_say_too_much_are_findings(shape: bytes, tmp_path: Path) -> None:
    path = tmp_path / 'a.npy'
    np.save(path, np.zeros(3, np.float32))
    path.write_bytes(path.read_bytes().replace(b'(3,)', shape))
    np.save(tmp_path / 'a.labels.npy', np.zeros(3, int))
    np.save(tmp_path / 'a.domains.npy', np.array(['p'] * 3))
    assert 'unreadable' in [finding.fault.code for finding in check_data(path).findings]
