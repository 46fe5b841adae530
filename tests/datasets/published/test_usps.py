"""USPS is read from its archive or from lines of libsvm."""

from __future__ import annotations

import bz2
from pathlib import Path

import numpy as np
import pytest
from array_layouts import DIGITS, LAYOUTS, SMALL
from published import write_npz

from dann.datasets import USPS

pytestmark = pytest.mark.filterwarnings('ignore:.*was published with')


@pytest.mark.parametrize('layout', [name for name, (kind, *_) in LAYOUTS.items() if kind is USPS])
def test_each_layout_gives_the_published_test_part(layout: str, tmp_path: Path) -> None:
    _, (_, (images, labels)), write = LAYOUTS[layout]
    write(tmp_path)
    domain = USPS(size=images.shape[1], val=12, root=str(tmp_path))
    expected = images if images.ndim == 4 else np.repeat(images[..., None], 3, axis=3)
    assert np.array_equal(domain.images('test').numpy(), expected.transpose(0, 3, 1, 2))
    assert domain.labels('test').tolist() == labels.tolist()


def test_another_file_is_another_domain(tmp_path: Path) -> None:
    write_npz(tmp_path / 'usps.npz', *SMALL)
    before = USPS(val=12, root=str(tmp_path)).folder
    write_npz(tmp_path / 'usps.npz', *DIGITS)
    assert USPS(val=12, root=str(tmp_path)).folder != before


def test_a_value_left_out_of_a_libsvm_line_is_zero(tmp_path: Path) -> None:
    for name in ('usps.bz2', 'usps.t.bz2'):
        (tmp_path / name).write_bytes(bz2.compress(b'10 1:-1 2:1 256:0.5\n1 3:-0.2\n'))
    train, _ = USPS(val=1, root=str(tmp_path)).parts()
    assert train.labels.tolist() == [9, 0]
    assert train.images[0].ravel()[[0, 1, 2, 255]].tolist() == [0, 255, 128, 191]
