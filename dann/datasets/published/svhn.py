"""SVHN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from dann.datasets.rendered.digits import DIGITS
from dann.datasets.storage.array_domain import ArrayDomain
from dann.datasets.storage.array_files import Layout, read_matlab
from dann.datasets.storage.public import Source

MIRROR = 'http://ufldl.stanford.edu/housenumbers'
FILES = {
    'train_32x32.mat': 'e26dedcc434d2e4c54c9b2d4a06d8373',
    'test_32x32.mat': 'eb5a983be6a315427106f1b164d9cef3',
}
FOLDERS = ('svhn', 'SVHN', '')
EXTRA = 'extra_32x32.mat'
EXTRA_MD5 = 'a93ce644f1a588dc4d68dda5feec44a7'


class SVHN(ArrayDomain):
    """99,289 digits of house numbers in street photographs, in colour, 32x32 pixels, with neighbours in the picture.

    Args:
        size: Height and width in pixels, resized bilinearly from what is published.
        val: Samples of the validation split, drawn from the 73,257 training digits.
        train: Samples of the training split, drawn at random from what is left; ``None`` for all of it.
        seed: Of both draws.
        root: Folder of the files; ``None`` for ``$DANN_DATA`` or the cache.
        extra: Train on the 531,131 simpler digits of ``extra_32x32.mat`` as well.
        download: Fetch the files where they are missing.

    Reference:
        `Reading Digits in Natural Images with Unsupervised Feature Learning
        <http://ufldl.stanford.edu/housenumbers/nips2011_housenumbers.pdf>`_ (Netzer et al., NIPS workshop 2011).
    """

    classes = DIGITS
    name = 'svhn'
    title = 'SVHN'
    licence = 'non-commercial use only'
    homepage = 'http://ufldl.stanford.edu/housenumbers/'
    layout = 'svhn/train_32x32.mat and svhn/test_32x32.mat (and extra_32x32.mat, where asked for)'
    sizes: ClassVar = {'train': 73_257, 'test': 26_032}
    layouts = (Layout(FOLDERS, tuple(FILES), read_matlab),)
    sources = tuple(Source(f'{MIRROR}/{name}', f'svhn/{name}', md5) for name, md5 in FILES.items())

    def __init__(
        self,
        size: int = 32,
        val: int = 5000,
        train: int | None = None,
        seed: int = 0,
        root: str | None = None,
        *,
        extra: bool = False,
        download: bool = False,
    ) -> None:
        super().__init__(size, val, train, seed, root, download=download)
        self.extra = extra
        if extra:
            self.sources = (*self.sources, Source(f'{MIRROR}/{EXTRA}', f'svhn/{EXTRA}', EXTRA_MD5))

    def published(self) -> tuple[tuple[Layout, ...], Mapping[str, int]]:
        """Return the layout with or without the extra part."""
        if self.extra:
            layout = Layout(FOLDERS, (*FILES, EXTRA), read_matlab)
            return (layout,), {'train': 73_257 + 531_131, 'test': 26_032}
        return super().published()
