"""Data sets of arrays arrive the same from every layout in which they are published."""

from __future__ import annotations

import bz2
import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from published import IDX, drawn, write_idx, write_libsvm, write_matlab, write_npz

from dann.core.errors import UserError
from dann.datasets import MNIST, SVHN, USPS
from dann.datasets.base import SPLITS
from dann.datasets.storage.array_domain import ArrayDomain
from dann.datasets.storage.array_files import Part, idx
from dann.datasets.storage.public import MissingDataError, resized

pytestmark = pytest.mark.filterwarnings('ignore:.*was published with')

DIGITS = drawn(40, (28, 28), 0), drawn(20, (28, 28), 1)
SMALL = drawn(40, (16, 16), 2), drawn(20, (16, 16), 3)
HOUSES = drawn(40, (32, 32, 3), 4), drawn(20, (32, 32, 3), 5)
Write = Callable[[Path], object]
LAYOUTS: dict[str, tuple[Any, Any, Write]] = {
    'mnist npz': (MNIST, DIGITS, lambda root: write_npz(root / 'mnist/mnist.npz', *DIGITS)),
    'mnist npz alone': (MNIST, DIGITS, lambda root: write_npz(root / 'mnist.npz', *DIGITS)),
    'mnist idx': (MNIST, DIGITS, lambda root: write_idx(root / 'MNIST/raw', *DIGITS, packed=False)),
    'mnist idx gz': (MNIST, DIGITS, lambda root: write_idx(root / 'mnist', *DIGITS, packed=True)),
    'usps npz': (USPS, SMALL, lambda root: write_npz(root / 'usps/usps.npz', *SMALL)),
    'usps libsvm': (USPS, SMALL, lambda root: write_libsvm(root / 'usps', *SMALL)),
    'usps libsvm alone': (USPS, SMALL, lambda root: write_libsvm(root, *SMALL)),
    'svhn': (SVHN, HOUSES, lambda root: write_houses(root / 'svhn')),
    'svhn alone': (SVHN, HOUSES, lambda root: write_houses(root)),
}


def write_houses(folder: Path) -> None:
    for name, part in zip(('train', 'test'), HOUSES, strict=True):
        write_matlab(folder / f'{name}_32x32.mat', *part)


def numbers(domain: ArrayDomain, split: str) -> list[int]:
    return [int(name.rpartition('/')[2]) for name in domain.ids(split)]


@pytest.mark.parametrize('layout', LAYOUTS)
def test_every_layout_gives_the_published_pixels_and_labels(layout: str, tmp_path: Path) -> None:
    kind, (train, test), write = LAYOUTS[layout]
    write(tmp_path)
    domain = kind(size=train[0].shape[1], val=12, root=str(tmp_path))
    for split, (images, labels) in {'train': train, 'val': train, 'test': test}.items():
        chosen = numbers(domain, split)
        expected = images[chosen] if images.ndim == 4 else np.repeat(images[chosen][..., None], 3, axis=3)
        assert np.array_equal(domain.images(split).numpy(), expected.transpose(0, 3, 1, 2))
        assert domain.labels(split).tolist() == labels[chosen].tolist()
    together = sorted(numbers(domain, 'train') + numbers(domain, 'val'))
    assert together == list(range(40))
    assert numbers(domain, 'test') == list(range(20))
    assert len({name for split in SPLITS for name in domain.ids(split)}) == 60


def test_the_sampled_protocol_draws_from_what_validation_leaves(tmp_path: Path) -> None:
    write_npz(tmp_path / 'usps.npz', *SMALL)
    whole = USPS(val=12, root=str(tmp_path))
    some, other = (USPS(val=12, train=9, seed=seed, root=str(tmp_path)) for seed in (0, 1))
    assert len(numbers(some, 'train')) == 9
    assert set(numbers(some, 'train')) < set(numbers(whole, 'train'))
    assert numbers(some, 'val') == numbers(whole, 'val')
    assert numbers(some, 'train') == sorted(numbers(some, 'train'))
    assert numbers(some, 'train') != numbers(other, 'train')


def test_more_samples_than_there_are_is_refused(tmp_path: Path) -> None:
    write_npz(tmp_path / 'usps.npz', *SMALL)
    with pytest.raises(ValueError, match='expected `train` of at most 28, got 29'):
        USPS(val=12, train=29, root=str(tmp_path)).prepare()
    with pytest.raises(ValueError, match='expected `val` between 1 and 39, got 40'):
        USPS(val=40, root=str(tmp_path)).prepare()


def test_the_archive_comes_before_the_official_files(tmp_path: Path) -> None:
    write_idx(tmp_path / 'MNIST/raw', *DIGITS, packed=False)
    assert set(MNIST(val=12, root=str(tmp_path)).options()['files']) == set(IDX)
    write_npz(tmp_path / 'mnist/mnist.npz', *DIGITS)
    assert set(MNIST(val=12, root=str(tmp_path)).options()['files']) == {'mnist.npz'}


def test_another_file_is_another_domain(tmp_path: Path) -> None:
    write_npz(tmp_path / 'usps.npz', *SMALL)
    before = USPS(val=12, root=str(tmp_path)).folder
    write_npz(tmp_path / 'usps.npz', *DIGITS)
    assert USPS(val=12, root=str(tmp_path)).folder != before


def test_the_extra_part_adds_to_the_training_part_only(tmp_path: Path) -> None:
    write_houses(tmp_path)
    more = drawn(10, (32, 32, 3), 6)
    with pytest.raises(MissingDataError, match=r'extra_32x32\.mat, where asked for'):
        SVHN(val=12, extra=True, root=str(tmp_path)).prepare()
    write_matlab(tmp_path / 'extra_32x32.mat', *more)
    plain, extra = (SVHN(val=12, extra=extra, root=str(tmp_path)) for extra in (False, True))
    assert plain.folder != extra.folder
    assert len(plain.ids('train')) == 28
    assert len(extra.ids('train')) == 38
    train, test = extra.parts()
    assert np.array_equal(train.images[40:], more[0])
    assert len(test.labels) == 20


@pytest.mark.parametrize('size', [16, 20, 32])
def test_resized_images_are_those_of_a_loop(size: int) -> None:
    """Each pixel is the mean under a triangle as wide as two of the coarser grid's pixels."""
    image = drawn(1, (28, 28), 8)[0]
    scale = 28 / size
    reach = max(scale, 1.0)
    weights = np.zeros((size, 28))
    for out in range(size):
        for place in range(28):
            weights[out, place] = max(0.0, 1 - abs(place - ((out + 0.5) * scale - 0.5)) / reach)
        weights[out] /= weights[out].sum()
    expected = weights @ image[0].astype(float) @ weights.T
    assert np.abs(resized(image[:, None], size)[0, 0] - expected).max() <= 0.51


@pytest.mark.parametrize(
    ('layout', 'name'),
    [
        ('mnist npz', 'mnist/mnist.npz'),
        ('mnist idx', 'MNIST/raw/train-images-idx3-ubyte'),
        ('mnist idx', 'MNIST/raw/t10k-labels-idx1-ubyte'),
        ('mnist idx gz', 'mnist/t10k-images-idx3-ubyte.gz'),
        ('usps libsvm', 'usps/usps.t.bz2'),
        ('svhn', 'svhn/train_32x32.mat'),
    ],
)
@pytest.mark.parametrize('harm', ['cut', 'empty', 'other'])
def test_a_damaged_file_is_an_error_with_the_next_step(
    layout: str, name: str, harm: str, tmp_path: Path
) -> None:
    kind, _, write = LAYOUTS[layout]
    write(tmp_path)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(
        {'cut': content[: 2 * len(content) // 3], 'empty': b'', 'other': b'<html>404</html>'}[harm]
    )
    cache = set(Path(os.environ['DANN_CACHE']).iterdir())
    with pytest.raises(UserError, match=r'cannot read \w+ in .*; replace the files by the published ones'):
        kind(val=12, root=str(tmp_path)).prepare()
    assert set(Path(os.environ['DANN_CACHE']).iterdir()) == cache


def test_labels_that_fit_no_class_or_no_image_are_refused(tmp_path: Path) -> None:
    write_npz(tmp_path / 'usps.npz', (SMALL[0][0], SMALL[0][1] + 1), SMALL[1])
    with pytest.raises(UserError, match=r'expected labels from 0 to 9, got \[10\]'):
        USPS(val=12, root=str(tmp_path)).prepare()
    write_npz(tmp_path / 'usps.npz', (SMALL[0][0], SMALL[0][1][1:]), SMALL[1])
    with pytest.raises(UserError, match=r'expected 40 labels, got \(39,\)'):
        USPS(val=12, root=str(tmp_path)).prepare()


def test_images_of_another_kind_are_refused() -> None:
    with pytest.raises(ValueError, match=r'expected uint8 images .*, got float64 \(2, 3, 3\)'):
        Part(np.zeros((2, 3, 3)), np.zeros(2, int))  # type: ignore[arg-type]


def test_an_idx_file_of_other_numbers_is_refused(tmp_path: Path) -> None:
    (tmp_path / 'floats').write_bytes(b'\0\0\x0d\x01\0\0\0\x01\0\0\0\0')
    with pytest.raises(ValueError, match='expected an IDX file of bytes'):
        idx(tmp_path / 'floats')


@pytest.mark.filterwarnings('default:.*was published with')
def test_a_count_that_differs_from_the_published_one_is_said(tmp_path: Path) -> None:
    write_npz(tmp_path / 'usps.npz', *SMALL)
    with pytest.warns(UserWarning, match='was published with') as said:
        USPS(val=12, root=str(tmp_path)).parts()
    told = [str(warning.message) for warning in said]
    assert any(
        'training part of USPS was published with 7,291 images, here it has 40' in line for line in told
    )
    assert any('test part of USPS was published with 2,007 images, here it has 20' in line for line in told)


@pytest.mark.parametrize('kind', [MNIST, USPS, SVHN])
def test_missing_data_says_where_it_belongs(kind: Any, tmp_path: Path) -> None:
    with pytest.raises(MissingDataError) as caught:
        kind(root=str(tmp_path)).prepare()
    said = str(caught.value)
    assert str(tmp_path) in said
    assert kind.layout in said
    assert 'or set `download: true`' in said
    assert kind.homepage in said


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


def test_a_value_left_out_of_a_libsvm_line_is_zero(tmp_path: Path) -> None:
    for name in ('usps.bz2', 'usps.t.bz2'):
        (tmp_path / name).write_bytes(bz2.compress(b'10 1:-1 2:1 256:0.5\n1 3:-0.2\n'))
    train, _ = USPS(val=1, root=str(tmp_path)).parts()
    assert train.labels.tolist() == [9, 0]
    assert train.images[0].ravel()[[0, 1, 2, 255]].tolist() == [0, 255, 128, 191]


@pytest.mark.skipif('DANN_DATA' not in os.environ, reason='needs MNIST and USPS under DANN_DATA')
@pytest.mark.parametrize(
    ('kind', 'first'), [(MNIST, [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]), (USPS, [6, 5, 4, 7, 3, 6, 3, 1, 0, 1])]
)
@pytest.mark.filterwarnings('error')
def test_the_genuine_data_is_complete(kind: Any, first: list[int]) -> None:
    try:
        train, test = kind().parts()
    except MissingDataError as error:
        pytest.skip(str(error))
    assert (len(train.labels), len(test.labels)) == (kind.sizes['train'], kind.sizes['test'])
    assert train.labels[:10].tolist() == first
