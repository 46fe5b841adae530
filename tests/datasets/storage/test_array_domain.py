"""Data sets of arrays arrive the same from every layout in which they are published."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from array_layouts import LAYOUTS, SMALL, numbers
from published import drawn, write_npz

from dann.core.errors import UserError
from dann.datasets import MNIST, SVHN, USPS
from dann.datasets.base import SPLITS
from dann.datasets.storage.public import MissingDataError, resized

pytestmark = pytest.mark.filterwarnings('ignore:.*was published with')


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
    # drawn, not the first of what is left
    assert numbers(some, 'train') != numbers(whole, 'train')[:9]
    assert numbers(other, 'train') != numbers(USPS(val=12, seed=1, root=str(tmp_path)), 'train')[:9]
    assert numbers(some, 'val') != numbers(other, 'val')
    assert numbers(some, 'val') not in (list(range(12)), list(range(28, 40)))


def test_more_samples_than_there_are_is_refused(tmp_path: Path) -> None:
    write_npz(tmp_path / 'usps.npz', *SMALL)
    with pytest.raises(ValueError, match='expected `train` of at most 28, got 29'):
        USPS(val=12, train=29, root=str(tmp_path)).prepare()
    with pytest.raises(ValueError, match='expected `val` between 1 and 39, got 40'):
        USPS(val=40, root=str(tmp_path)).prepare()


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
