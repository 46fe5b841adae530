"""Files of arrays are what their readers expect, or are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dann.datasets.storage.array_files import Part, idx


def test_images_of_another_kind_are_refused() -> None:
    with pytest.raises(ValueError, match=r'expected uint8 images .*, got float64 \(2, 3, 3\)'):
        Part(np.zeros((2, 3, 3)), np.zeros(2, int))  # type: ignore[arg-type]


def test_an_idx_file_of_other_numbers_is_refused(tmp_path: Path) -> None:
    (tmp_path / 'floats').write_bytes(b'\0\0\x0d\x01\0\0\0\x01\0\0\0\0')
    with pytest.raises(ValueError, match='expected an IDX file of bytes'):
        idx(tmp_path / 'floats')
