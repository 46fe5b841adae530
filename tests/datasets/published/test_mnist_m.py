"""MNIST-M is built the same everywhere, or taken as released, and says which."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from published import drawn, write_npz, write_photographs, write_released

from dann.core.errors import UserError
from dann.datasets import MNIST, MNISTM
from dann.datasets.published.mnist_m import blend
from dann.datasets.storage.public import MissingDataError

pytestmark = [
    pytest.mark.filterwarnings('ignore:.*was published with'),
    pytest.mark.filterwarnings('ignore:MNIST-M differs'),
]
DIGITS = drawn(40, (28, 28), 0), drawn(20, (28, 28), 1)
RELEASED = {'train': drawn(30, (32, 32, 3), 2), 'test': drawn(15, (32, 32, 3), 3)}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Digits and photographs."""
    blank = np.where(DIGITS[0][0] > 128, DIGITS[0][0], 0).astype(np.uint8)
    write_npz(tmp_path / 'mnist/mnist.npz', (blank, DIGITS[0][1]), DIGITS[1])
    write_photographs(tmp_path / 'bsds500/train')
    return tmp_path


def blended(
    digits: NDArray[np.uint8], photographs: list[NDArray[np.uint8]], rng: np.random.Generator
) -> list[Any]:
    """The same as ``blend``, pixel by pixel: | 255 [d > 0] - p |."""
    count = len(digits)
    which = rng.integers(len(photographs), size=count)
    heights = [len(photographs[index]) for index in which]
    widths = [len(photographs[index][0]) for index in which]
    tops, lefts = rng.integers([[room - 27 for room in heights], [room - 27 for room in widths]])
    images: list[Any] = []
    for n in range(count):
        image: list[Any] = [[[0, 0, 0] for _ in range(28)] for _ in range(28)]
        for y in range(28):
            for x in range(28):
                for c in range(3):
                    p = int(photographs[which[n]][tops[n] + y][lefts[n] + x][c])
                    image[y][x][c] = abs((255 if digits[n][y][x] > 0 else 0) - p)
        images.append(image)
    return images


def test_blended_pixels_are_those_of_a_loop() -> None:
    rng = np.random.default_rng(0)
    photographs = [
        rng.integers(0, 256, (*shape, 3), dtype=np.uint8) for shape in ((28, 28), (40, 31), (30, 60))
    ]
    digits = (rng.integers(0, 2, (30, 28, 28)) * rng.integers(0, 256, (30, 28, 28))).astype(np.uint8)
    made = blend(digits, photographs, np.random.default_rng(7))
    assert np.array_equal(made, blended(digits, photographs, np.random.default_rng(7)))
    assert made.dtype == np.uint8


def test_every_place_of_a_photograph_can_be_chosen() -> None:
    rows, columns = np.mgrid[:30, :29].astype(np.uint8)
    made = blend(
        np.zeros((300, 28, 28), np.uint8),
        [np.stack([rows, columns, rows], axis=2)],
        np.random.default_rng(0),
    )
    assert {(int(image[0, 0, 0]), int(image[0, 0, 1])) for image in made} == {
        (row, column) for row in range(3) for column in range(2)
    }


def test_both_parts_come_from_one_stream(root: Path) -> None:
    train, test = MNISTM(val=12, root=str(root)).parts()
    photographs = [
        np.asarray(Image.open(path).convert('RGB')) for path in sorted((root / 'bsds500/train').iterdir())
    ]
    rng = np.random.default_rng(0)
    digits, others = MNIST(val=12, root=str(root)).parts()
    assert np.array_equal(train.images, blend(digits.images, photographs, rng))
    assert np.array_equal(test.images, blend(others.images, photographs, rng))
    assert train.labels.tolist() == digits.labels.tolist()


def test_the_built_set_is_that_of_its_seed(root: Path) -> None:
    one, again, other = (MNISTM(val=12, root=str(root), blend_seed=seed) for seed in (1, 1, 2))
    assert one.folder == again.folder != other.folder
    assert np.array_equal(one.parts()[0].images, again.parts()[0].images)
    assert not np.array_equal(one.parts()[0].images, other.parts()[0].images)
    assert one.images('test').shape == (20, 3, 28, 28)


def test_no_sample_is_shared_with_mnist(root: Path) -> None:
    names = [set(kind(val=12, root=str(root)).ids('train')) for kind in (MNIST, MNISTM)]
    assert not names[0] & names[1]


def test_another_set_than_the_stored_one_is_said_and_recorded(root: Path) -> None:
    domain = MNISTM(val=14, root=str(root))
    with pytest.warns(UserWarning, match=r'MNIST-M differs from the stored set .* JPEG library'):
        domain.prepare()
    assert domain.manifest()['matches'] is False
    assert 'matches' not in MNISTM(val=12, root=str(root), blend_seed=3).manifest()


def test_the_stored_set_is_recognised(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = MNISTM(val=13, root=str(root))
    pixels = b''.join(part.images.tobytes() for part in built.parts())
    monkeypatch.setattr(MNISTM, 'pixels', hashlib.sha256(pixels).hexdigest())
    assert built.manifest()['matches'] is True


def test_released_images_are_used_where_they_are(root: Path) -> None:
    write_released(root / 'mnist_m', RELEASED)
    released, built = (MNISTM(size=32, val=12, root=str(root), released=kind) for kind in (None, False))
    assert (released.name, built.name) == ('mnist-m/released', 'mnist-m')
    assert released.manifest()['name'] == 'mnist-m/released'
    assert released.manifest()['options']['files'].keys() != built.manifest()['options']['files'].keys()
    for split, part in (('train', 'train'), ('val', 'train'), ('test', 'test')):
        chosen = [int(name.rpartition('/')[2]) for name in released.ids(split)]
        images, labels = RELEASED[part]
        assert np.array_equal(released.images(split).numpy(), images[chosen].transpose(0, 3, 1, 2))
        assert released.labels(split).tolist() == labels[chosen].tolist()
    assert not set(released.ids('train')) & set(built.ids('train'))
    assert len(built.ids('test')) == 20


def test_released_images_need_no_digits(tmp_path: Path) -> None:
    write_released(tmp_path, RELEASED)
    assert MNISTM(val=12, root=str(tmp_path)).images('test').shape == (15, 3, 28, 28)


def test_a_changed_released_image_is_another_domain(tmp_path: Path) -> None:
    write_released(tmp_path / 'mnist_m', RELEASED)
    before = MNISTM(val=12, root=str(tmp_path)).folder
    (tmp_path / 'mnist_m/mnist_m_train/00000003.png').write_bytes(b'')
    after = MNISTM(val=12, root=str(tmp_path))
    assert after.folder != before
    with pytest.raises(UserError, match='replace the files by the published ones'):
        after.prepare()


def test_released_images_that_are_asked_for_and_missing_are_an_error(root: Path) -> None:
    with pytest.raises(MissingDataError, match=r'the released mnist_m/mnist_m_train'):
        MNISTM(val=12, root=str(root), released=True).prepare()


@pytest.mark.parametrize('folder', ['BSDS500/data/images/train', 'BSR/BSDS500/data/images/train'])
def test_photographs_lie_as_they_are_published(folder: str, tmp_path: Path) -> None:
    write_npz(tmp_path / 'mnist.npz', *DIGITS)
    with pytest.raises(MissingDataError, match='bsds500/train'):
        MNISTM(val=12, root=str(tmp_path)).prepare()
    (tmp_path / folder).mkdir(parents=True)
    with pytest.raises(MissingDataError, match='bsds500/train'):
        MNISTM(val=12, root=str(tmp_path)).prepare()
    (tmp_path / folder).rmdir()
    write_photographs(tmp_path / folder)
    MNISTM(val=12, root=str(tmp_path)).prepare()


def test_a_damaged_photograph_is_named(root: Path) -> None:
    path = root / 'bsds500/train/1.jpg'
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(UserError, match=r'cannot read image .*1\.jpg .*; fetch it again'):
        MNISTM(val=12, root=str(root)).prepare()


@pytest.mark.skipif('DANN_DATA' not in os.environ, reason='needs MNIST and BSDS500 under DANN_DATA')
@pytest.mark.filterwarnings('error')
def test_the_genuine_files_give_the_stored_set() -> None:
    domain = MNISTM(released=False)
    try:
        train, test = domain.parts()
    except MissingDataError as error:
        pytest.skip(str(error))
    pixels = hashlib.sha256(train.images.tobytes() + test.images.tobytes()).hexdigest()
    assert pixels == MNISTM.pixels
    assert domain.remarks() == {'matches': True}
