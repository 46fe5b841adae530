"""MNIST-M: digits blended over photographs."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from dann.core.errors import UserError
from dann.core.text_files import listed_text
from dann.datasets.published.mnist import MNIST
from dann.datasets.storage.array_files import Layout, Part
from dann.datasets.storage.image_files import opened_image
from dann.datasets.storage.public import MissingDataError

PHOTOGRAPHS = ('bsds500/train', 'BSDS500/data/images/train', 'BSR/BSDS500/data/images/train')
LABELS = ('mnist_m_train_labels.txt', 'mnist_m_test_labels.txt')


class MNISTM(MNIST):
    r"""MNIST blended over random crops of the 200 training photographs of BSDS500.

    .. math:: x = |255 \cdot [d > 0] - p|

    for each channel, with the digit ``d`` and a patch ``p`` of its size. Photograph and place of each crop come
    from one seeded generator, for the published 60,000 and 10,000 digits in order, so that every copy of this
    set is the same one: the pixels of ``blend_seed`` 0 are compared with the stored ``pixels``, and the manifest
    says whether they match. Another decoder of JPEG gives slightly other photographs.

    The set that the authors released has 59,001 and 9,001 images of 32x32 pixels; it is a domain of another
    name, ``mnist-m/released``.

    Args:
        size: Height and width in pixels, resized bilinearly from 28, or 32 as released.
        val: Samples of the validation split, drawn from the training digits.
        train: Samples of the training split, drawn at random from what is left; ``None`` for all of it.
        seed: Of both draws.
        root: Folder of the files; ``None`` for ``$DANN_DATA`` or the cache.
        blend_seed: Of the crops.
        released: Use the authors' images rather than build them; ``None`` where these are on disk.

    Reference:
        `Domain-Adversarial Training of Neural Networks <https://arxiv.org/abs/1505.07818>`_ (Ganin et al., JMLR
        2016), section 5.2.4.
    """

    name = 'mnist-m'
    title = 'MNIST-M'
    licence = 'BSDS500: research and education, without charge for it'
    homepage = 'https://www2.eecs.berkeley.edu/Research/Projects/CS/vision/grouping/resources.html'
    layout = (
        'MNIST and bsds500/train/*.jpg, or the released mnist_m/mnist_m_train, mnist_m/mnist_m_train_labels.txt, '
        'mnist_m/mnist_m_test and mnist_m/mnist_m_test_labels.txt,'
    )
    sizes: ClassVar = {
        'train': 60_000,
        'test': 10_000,
        'photographs': 200,
        'released': {'train': 59_001, 'test': 9_001},
    }
    sources = ()
    pixels: ClassVar[str] = '5e1b6e54b67b610aebd7c50eef2e83c4495ae40ab9ece3ef2f12be01576b058c'

    def __init__(
        self,
        size: int = 28,
        val: int = 5000,
        train: int | None = None,
        seed: int = 0,
        root: str | None = None,
        blend_seed: int = 0,
        *,
        released: bool | None = None,
    ) -> None:
        super().__init__(size, val, train, seed, root)
        self.blend_seed = blend_seed
        there = any(RELEASED.find(place) for place in self.places)
        self.released = there if released is None else released
        if self.released:
            self.name = f'{self.name}/released'
        self.matches: bool | None = None

    def published(self) -> tuple[tuple[Layout, ...], Mapping[str, int]]:
        """Return the layouts of the digits, or that of the released images."""
        return ((RELEASED,), self.sizes['released']) if self.released else super().published()

    def _photographs(self) -> list[Path]:
        found = sorted(self.locate(*PHOTOGRAPHS).glob('*.jpg'))
        if not found:
            raise MissingDataError(self.missing())
        return found

    @cached_property
    def _images(self) -> str:
        return _listing(self.found()[1])

    def fingerprint(self) -> dict[str, str]:
        """Return the checksums of the files and, as one, of the photographs; names and sizes of released images."""
        if self.released:
            return super().fingerprint() | {'images': self._images}
        sums = ''.join(f'{path.name} {self.checksum(path)}\n' for path in self._photographs())
        photographs = hashlib.sha256(sums.encode()).hexdigest()
        return super().fingerprint() | {'photographs': photographs, 'blend_seed': str(self.blend_seed)}

    def parts(self) -> tuple[Part, Part]:
        """Blend the digits, or read the released images."""
        train, test = super().parts()
        if self.released:
            return train, test
        photographs = [_pixels(path) for path in self._photographs()]
        rng = np.random.default_rng(self.blend_seed)
        self.warn_count('photographs', len(photographs), self.sizes['photographs'])
        built = [Part(blend(part.images, photographs, rng), part.labels) for part in (train, test)]
        if self.blend_seed == 0:
            self._compare(built)
        return built[0], built[1]

    def _compare(self, built: list[Part]) -> None:
        found = hashlib.sha256(b''.join(part.images.tobytes() for part in built)).hexdigest()
        self.matches = found == self.pixels
        if not self.matches:
            msg = (
                f'MNIST-M differs from the stored set (sha256 of its pixels {found}, expected {self.pixels}): '
                'digits or photographs are others, or decoded by another JPEG library; say so beside results'
            )
            warnings.warn(msg, stacklevel=2)

    def remarks(self) -> dict[str, Any]:
        """Return whether the pixels are those of the stored set, where that can be said."""
        return {} if self.matches is None else {'matches': self.matches}


def blend(
    digits: NDArray[np.uint8], photographs: list[NDArray[np.uint8]], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Return digits ``(N, H, W)`` over random crops of photographs ``(H', W', 3)``, shape ``(N, H, W, 3)``."""
    height, width = digits.shape[1:]
    chosen = rng.integers(len(photographs), size=len(digits))
    room = np.array([photograph.shape[:2] for photograph in photographs])[chosen] - (height, width) + 1
    rows, columns = rng.integers(room.T)
    patches = np.empty((len(digits), height, width, 3), np.uint8)
    for index, (photograph, row, column) in enumerate(zip(chosen, rows, columns, strict=True)):
        patches[index] = photographs[photograph][row : row + height, column : column + width]
    inverted = (digits > 0)[..., None]
    return np.where(inverted, 255 - patches, patches)


def _pixels(path: Path) -> NDArray[np.uint8]:
    try:
        with opened_image(path) as image:
            return np.asarray(image.convert('RGB'))
    except (OSError, SyntaxError, ValueError) as error:
        raise UserError(f'cannot read image {path} ({error}); fetch it again') from error


def read_released(paths: Sequence[Path]) -> tuple[Part, Part]:
    """Read the images that two files of lines ``name label`` list, from the folders named like the files."""
    train, test = (_listed(path) for path in paths)
    return train, test


def _folder(labels: Path) -> Path:
    return labels.with_name(labels.name.removesuffix('_labels.txt'))


def _listed(labels: Path) -> Part:
    rows = [line.split() for line in listed_text(labels).splitlines() if line.strip()]
    images = [_pixels(_folder(labels) / name) for name, _ in rows]
    return Part(np.stack(images), np.array([int(label) for _, label in rows]))


def _listing(paths: Sequence[Path]) -> str:
    """A hash over names and sizes of the released images."""
    files = sorted(file for path in paths for file in _folder(path).glob('*.png'))
    text = ''.join(f'{file.parent.name}/{file.name} {file.stat().st_size}\n' for file in files)
    return hashlib.sha256(text.encode()).hexdigest()


RELEASED = Layout(('mnist_m', 'MNIST-M', 'MNISTM', ''), LABELS, read_released)
