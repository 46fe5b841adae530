"""MNIST."""

from __future__ import annotations

from typing import ClassVar

from dann.datasets.rendered.digits import DIGITS
from dann.datasets.storage.array_domain import ArrayDomain
from dann.datasets.storage.array_files import Layout, read_idx, read_npz
from dann.datasets.storage.public import Source

MIRROR = 'https://ossci-datasets.s3.amazonaws.com/mnist'
FILES = {
    'train-images-idx3-ubyte': 'f68b3c2dcbeaaa9fbdd348bbdeb94873',
    'train-labels-idx1-ubyte': 'd53e105ee54ea40749a09fcbcd1e9432',
    't10k-images-idx3-ubyte': '9fb629c4189551a2d022fa330f9573f3',
    't10k-labels-idx1-ubyte': 'ec29112dd5afa0611ce80d1b7f02629c',
}


class MNIST(ArrayDomain):
    """70,000 handwritten digits, white on black, 28x28 pixels, repeated in three channels.

    Args:
        size: Height and width in pixels, resized bilinearly from what is published.
        val: Samples of the validation split, drawn from the 60,000 training digits.
        train: Samples of the training split, drawn at random from what is left; ``None`` for all of it.
        seed: Of both draws.
        root: Folder of the files; ``None`` for ``$DANN_DATA`` or the cache.
        download: Fetch the files where they are missing.

    Reference:
        `Gradient-based learning applied to document recognition <https://doi.org/10.1109/5.726791>`_
        (LeCun et al., Proceedings of the IEEE 1998).
    """

    classes = DIGITS
    name = 'mnist'
    title = 'MNIST'
    licence = 'none stated by the authors'
    homepage = 'http://yann.lecun.com/exdb/mnist/'
    layout = (
        'mnist/mnist.npz (x_train, y_train, x_test, y_test) or MNIST/raw/train-images-idx3-ubyte (and so on)'
    )
    sizes: ClassVar = {'train': 60_000, 'test': 10_000}
    layouts = (
        Layout(('mnist', ''), ('mnist.npz',), read_npz),
        Layout(('MNIST/raw', 'mnist/raw', 'raw', 'mnist', ''), tuple(FILES), read_idx),
    )
    sources = tuple(Source(f'{MIRROR}/{name}.gz', f'MNIST/raw/{name}.gz', md5) for name, md5 in FILES.items())

    def __init__(
        self,
        size: int = 28,
        val: int = 5000,
        train: int | None = None,
        seed: int = 0,
        root: str | None = None,
        *,
        download: bool = False,
    ) -> None:
        super().__init__(size, val, train, seed, root, download=download)
