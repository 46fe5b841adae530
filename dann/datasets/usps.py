"""USPS."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dann.datasets.array_domain import ArrayDomain, Part
from dann.datasets.digits import DIGITS


class USPS(ArrayDomain):
    """9,298 handwritten digits from envelopes, white on black, 16x16 pixels, enlarged and repeated in three channels.

    Args:
        size: Height and width in pixels, resized bilinearly from what is published.
        val: Samples of the validation split, drawn from the 7,291 training digits.
        train: Samples of the training split, drawn at random from what is left; ``None`` for all of it.
        seed: Of both draws.
        root: Folder of the files; ``None`` for ``$DANN_DATA`` or the cache.

    Reference:
        `A database for handwritten text recognition research <https://doi.org/10.1109/34.291440>`_
        (Hull, IEEE TPAMI 1994).
    """

    classes = DIGITS
    name = 'usps'
    title = 'USPS'
    licence = 'none stated by the authors'
    homepage = 'https://hastie.su.domains/ElemStatLearn/data.html'
    layout = 'usps/usps.npz (x_train, y_train, x_test, y_test)'
    sizes: ClassVar = {'train': 7291, 'test': 2007}

    def __init__(
        self, size: int = 28, val: int = 729, train: int | None = None, seed: int = 0, root: str | None = None
    ) -> None:
        super().__init__(size, val, train, seed, root)

    def fingerprint(self) -> dict[str, str]:
        """Return the checksum of the archive."""
        path = self.locate('usps/usps.npz', 'usps.npz')
        return {path.name: self.checksum(path)}

    def parts(self) -> tuple[Part, Part]:
        """Read the archive."""
        with np.load(self.locate('usps/usps.npz', 'usps.npz')) as arrays:
            return (
                Part(arrays['x_train'], arrays['y_train']),
                Part(arrays['x_test'], arrays['y_test']),
            )
