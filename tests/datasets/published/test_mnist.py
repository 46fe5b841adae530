"""MNIST is read from its archive before its official files, packed or not."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from array_layouts import DIGITS, LAYOUTS
from published import IDX, write_idx, write_npz

from dann.datasets import MNIST
from dann.datasets.storage.public import MissingDataError

pytestmark = pytest.mark.filterwarnings('ignore:.*was published with')


@pytest.mark.parametrize('layout', [name for name, (kind, *_) in LAYOUTS.items() if kind is MNIST])
def test_each_layout_gives_the_published_test_part(layout: str, tmp_path: Path) -> None:
    _, (_, (images, labels)), write = LAYOUTS[layout]
    write(tmp_path)
    domain = MNIST(size=images.shape[1], val=12, root=str(tmp_path))
    expected = images if images.ndim == 4 else np.repeat(images[..., None], 3, axis=3)
    assert np.array_equal(domain.images('test').numpy(), expected.transpose(0, 3, 1, 2))
    assert domain.labels('test').tolist() == labels.tolist()


def test_the_archive_comes_before_the_official_files(tmp_path: Path) -> None:
    write_idx(tmp_path / 'MNIST/raw', *DIGITS, packed=False)
    assert set(MNIST(val=12, root=str(tmp_path)).options()['files']) == set(IDX)
    write_npz(tmp_path / 'mnist/mnist.npz', *DIGITS)
    assert set(MNIST(val=12, root=str(tmp_path)).options()['files']) == {'mnist.npz'}


def test_an_incomplete_layout_is_none(tmp_path: Path) -> None:
    write_idx(tmp_path / 'MNIST/raw', *DIGITS, packed=False)
    (tmp_path / 'MNIST/raw' / IDX[3]).unlink()
    with pytest.raises(MissingDataError):
        MNIST(root=str(tmp_path)).prepare()


def test_packed_and_unpacked_files_may_be_mixed(tmp_path: Path) -> None:
    write_idx(tmp_path / 'raw', *DIGITS, packed=False)
    path = tmp_path / 'raw' / IDX[0]
    path.with_name(f'{path.name}.gz').write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    assert len(MNIST(val=12, root=str(tmp_path)).ids('train')) == 28
