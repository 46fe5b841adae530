"""MNIST."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dann.datasets.array_domain import ArrayDomain, Part
from dann.datasets.digits import DIGITS


class MNIST(ArrayDomain):
    """70,000 handwritten digits, white on black, 28x28 pixels, repeated in three channels.

    Args:
        size: Height and width in pixels, resized bilinearly from what is published.
        val: Samples of the validation split, drawn from the 60,000 training digits.
        train: Samples of the training split, drawn at random from what is left; ``None`` for all of it.
        seed: Of both draws.
        root: Folder of the files; ``None`` for ``$DANN_DATA`` or the cache.

    Reference:
        `Gradient-based learning applied to document recognition <https://doi.org/10.1109/5.726791>`_
        (LeCun et al., Proceedings of the IEEE 1998).
    """

    classes = DIGITS
    name = 'mnist'
    title = 'MNIST'
    licence = 'none stated by the authors'
    homepage = 'http://yann.lecun.com/exdb/mnist/'
    layout = 'mnist/mnist.npz (x_train, y_train, x_test, y_test)'
    sizes: ClassVar = {'train': 60_000, 'test': 10_000}

    def __init__(
        self,
        size: int = 28,
        val: int = 5000,
        train: int | None = None,
        seed: int = 0,
        root: str | None = None,
    ) -> None:
        super().__init__(size, val, train, seed, root)

    def fingerprint(self) -> dict[str, str]:
        """Return the checksum of the archive."""
        path = self.locate('mnist/mnist.npz', 'mnist.npz')
        return {path.name: self.checksum(path)}

    def parts(self) -> tuple[Part, Part]:
        """Read the archive."""
        with np.load(self.locate('mnist/mnist.npz', 'mnist.npz')) as arrays:
            return (
                Part(arrays['x_train'], arrays['y_train']),
                Part(arrays['x_test'], arrays['y_test']),
            )
