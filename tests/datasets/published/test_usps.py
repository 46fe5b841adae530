"""USPS is read from its archive or from lines of libsvm."""

from __future__ import annotations

import bz2
from pathlib import Path

import numpy as np
import pytest
from array_layouts import DIGITS, LAYOUTS, SMALL
from published import write_npz

from dann.core.errors import CheckError
from dann.datasets import USPS
from dann.datasets.storage.array_files import Part

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


def pairs(*parts: Part) -> list[tuple[bytes, int]]:
    """Return all images with their labels, in an order that does not depend on the split."""
    return sorted(
        (image.tobytes(), int(label))
        for part in parts
        for image, label in zip(part.images, part.labels, strict=True)
    )


def test_a_test_split_can_be_drawn_from_all_digits(tmp_path: Path) -> None:
    write_npz(tmp_path / 'usps.npz', *DIGITS)
    published = USPS(val=12, root=str(tmp_path))
    drawn = USPS(val=12, root=str(tmp_path), test=20)
    other = USPS(val=12, root=str(tmp_path), test=20, seed=1)
    assert drawn.folder != published.folder
    assert pairs(*drawn.parts()) == pairs(*other.parts()) == pairs(*published.parts())
    assert len(drawn.labels('test')) == len(drawn.parts()[1].labels) == 20
    assert pairs(drawn.parts()[1]) != pairs(other.parts()[1])


@pytest.mark.parametrize('test', [0, 10**6])
def test_a_test_split_of_no_digits_or_of_all(test: int, tmp_path: Path) -> None:
    write_npz(tmp_path / 'usps.npz', *DIGITS)
    with pytest.raises(CheckError, match='expected `test`'):
        USPS(val=12, root=str(tmp_path), test=test).parts()
