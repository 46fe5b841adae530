"""Copies are found by their pixels, but for frames of one colour."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from checks_found import found
from planted import (
    clean_folder,
    save,
)

from dann.datasets.checks import check_data


def test_black_frames_are_blank_and_no_copies(tmp_path: Path) -> None:
    root = clean_folder(tmp_path)
    save(root / 'night/train/bus/8.png', np.zeros((16, 20, 3), np.uint8))
    save(root / 'night/test/car/8.bmp', np.zeros((16, 20, 3), np.uint8))
    assert found(check_data(root)) == {}
