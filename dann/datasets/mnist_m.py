"""MNIST-M: digits blended over photographs."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dann.datasets.array_domain import Part
from dann.datasets.mnist import MNIST


class MNISTM(MNIST):
    r"""MNIST blended over random crops of the 200 training photographs of BSDS500.

    .. math:: x = |255 \cdot [d > 0] - p|

    for each channel, with the digit ``d`` and a patch ``p`` of its size. Photograph and place of each crop come
    from one seeded generator, for the published 60,000 and 10,000 digits in order, so that every copy of this
    set is the same one.

    Args:
        size: Height and width in pixels, resized bilinearly from 28.
        val: Samples of the validation split, drawn from the 60,000 training digits.
        train: Samples of the training split, drawn at random from what is left; ``None`` for all of it.
        seed: Of both draws.
        root: Folder of the files; ``None`` for ``$DANN_DATA`` or the cache.
        blend_seed: Of the crops.

    Reference:
        `Domain-Adversarial Training of Neural Networks <https://arxiv.org/abs/1505.07818>`_ (Ganin et al., JMLR
        2016), section 5.2.4. The authors' released set has 59,001 and 9,001 images; this one has all 70,000.
    """

    name = 'mnist-m'
    title = 'MNIST-M'
    licence = 'BSDS500: research and education, without charge for it'
    homepage = 'https://www2.eecs.berkeley.edu/Research/Projects/CS/vision/grouping/resources.html'
    layout = 'mnist/mnist.npz and bsds500/train/*.jpg'
    sizes: ClassVar = {'train': 60_000, 'test': 10_000}

    def __init__(
        self,
        size: int = 28,
        val: int = 5000,
        train: int | None = None,
        seed: int = 0,
        root: str | None = None,
        blend_seed: int = 0,
    ) -> None:
        super().__init__(size, val, train, seed, root)
        self.blend_seed = blend_seed

    def _photographs(self) -> list[Path]:
        folder = self.locate('bsds500/train', 'BSDS500/data/images/train', 'BSR/BSDS500/data/images/train')
        return sorted(folder.glob('*.jpg'))

    def fingerprint(self) -> dict[str, str]:
        """Return the checksums of the digits and, as one, of the photographs."""
        sums = ''.join(f'{path.name} {self.checksum(path)}\n' for path in self._photographs())
        photographs = hashlib.sha256(sums.encode()).hexdigest()
        return super().fingerprint() | {'photographs': photographs, 'blend_seed': str(self.blend_seed)}

    def parts(self) -> tuple[Part, Part]:
        """Blend the digits."""
        photographs = [np.asarray(Image.open(path).convert('RGB')) for path in self._photographs()]
        rng = np.random.default_rng(self.blend_seed)
        train, test = super().parts()
        return tuple(Part(blend(part.images, photographs, rng), part.labels) for part in (train, test))  # type: ignore[return-value]


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
