"""Images are read as the training reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from checks_found import found
from PIL import Image
from planted import (
    clean_folder,
    save,
)

from dann.datasets.checks import check_data


def test_sixteen_bits_and_transparency_are_neither_blank_nor_lost(tmp_path: Path) -> None:
    root = clean_folder(tmp_path)
    deep = np.random.default_rng(0).integers(2000, 65000, (16, 20)).astype(np.uint16)
    Image.fromarray(deep).save(root / 'day/train/bus/8.png')
    layers = np.zeros((16, 20, 4), np.uint8)
    layers[4:9, 4:9, 3] = 255
    save(root / 'day/train/bus/9.png', layers)
    Image.fromarray(deep.astype(np.float32)).save(root / 'day/train/bus/10.tif')
    check = check_data(root)
    assert found(check) == {'unreadable': {'day/train/bus/10.tif'}}


def test_twelve_bits_in_sixteen_are_a_warning(tmp_path: Path) -> None:
    root = clean_folder(tmp_path)
    faint = np.random.default_rng(0).integers(0, 4096, (16, 20)).astype(np.uint16)
    Image.fromarray(faint).save(root / 'day/train/bus/8.png')
    check = check_data(root)
    assert found(check) == {'nearly-black': {'day/train/bus/8.png'}}
    assert check.status == 0
