"""USPS."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from dann.core.errors import check
from dann.datasets.rendered.digits import DIGITS
from dann.datasets.storage.array_domain import ArrayDomain
from dann.datasets.storage.array_files import Layout, Part, read_libsvm, read_npz
from dann.datasets.storage.public import Source

MIRROR = 'https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass'
FILES = {
    'usps.bz2': 'ec16c51db3855ca6c91edd34d0e9b197',
    'usps.t.bz2': '8ea070ee2aca1ac39742fdd1ef5ed118',
}


class USPS(ArrayDomain):
    """9,298 handwritten digits from envelopes, white on black, 16x16 pixels, enlarged and repeated in three channels.

    Args:
        size: Height and width in pixels, resized bilinearly from what is published.
        val: Samples of the validation split, drawn from the training digits.
        train: Samples of the training split, drawn at random from what is left; ``None`` for all of it.
        seed: Of all draws.
        test: Samples of the test split where it is drawn from all 9,298 digits; ``None`` for the published one, whose
            2,007 digits are harder than the 7,291 for training. MCD and SHOT read a file of 28x28 pixels by CoGAN's
            authors, which tests on 1,860 of all; which ones is not known here.
        root: Folder of the files; ``None`` for ``$DANN_DATA`` or the cache.
        download: Fetch the files where they are missing.

    Reference:
        `A database for handwritten text recognition research <https://doi.org/10.1109/34.291440>`_
        (Hull, IEEE TPAMI 1994).
    """

    classes = DIGITS
    name = 'usps'
    title = 'USPS'
    licence = 'none stated by the authors'
    homepage = 'https://hastie.su.domains/ElemStatLearn/data.html'
    layout = 'usps/usps.npz (x_train, y_train, x_test, y_test) or usps/usps.bz2 and usps/usps.t.bz2'
    sizes: ClassVar = {'train': 7291, 'test': 2007}
    layouts = (
        Layout(('usps', ''), ('usps.npz',), read_npz),
        Layout(('usps', 'USPS', ''), tuple(FILES), read_libsvm),
    )
    sources = tuple(Source(f'{MIRROR}/{name}', f'usps/{name}', md5) for name, md5 in FILES.items())

    def __init__(
        self,
        size: int = 28,
        val: int = 729,
        train: int | None = None,
        seed: int = 0,
        root: str | None = None,
        *,
        test: int | None = None,
        download: bool = False,
    ) -> None:
        super().__init__(size, val, train, seed, root, download=download)
        check(test is None or test > 0, f'expected `test` above 0, got {test}')
        self.test = test

    def parts(self) -> tuple[Part, Part]:
        """Read the training and the test part, the published ones or drawn from both."""
        train, test = super().parts()
        if self.test is None:
            return train, test
        images = np.concatenate([train.images, test.images])
        labels = np.concatenate([train.labels, test.labels])
        check(self.test < len(labels), f'expected `test` of at most {len(labels) - 1}, got {self.test}')
        order = np.random.default_rng([self.seed, 2]).permutation(len(labels))
        drawn, rest = np.sort(order[: self.test]), np.sort(order[self.test :])
        return Part(images[rest], labels[rest]), Part(images[drawn], labels[drawn])

    def options(self) -> dict[str, Any]:
        """Return size, split and the published files' checksums."""
        return super().options() | ({} if self.test is None else {'test': self.test})
