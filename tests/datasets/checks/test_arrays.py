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
