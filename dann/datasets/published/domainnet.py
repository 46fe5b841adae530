"""DomainNet."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from dann.datasets.published.domainnet_classes import CLASSES
from dann.datasets.published.domainnet_files import IMAGES, LIST_SUMS, LISTS
from dann.datasets.storage.download import fetch, unpack
from dann.datasets.storage.file_domain import Item, Keep
from dann.datasets.storage.layouts import listed
from dann.datasets.storage.named_domain import NamedDomain
from dann.datasets.storage.public import MissingDataError


class DomainNet(NamedDomain):
    """345 classes in six styles (cleaned version), with the published training and test lists.

    The validation split is drawn from the training list.

    Args:
        domain: One of the six.
        size: Height and width in pixels.
        val: Share of the training list that forms the validation split.
        test: Not used: the test list is published.
        seed: Of the draw.
        root: Folder that holds ``domainnet``, or that folder itself; ``None`` for ``$DANN_DATA`` or the cache.
        keep: Where pixels are during a run, as for every set of image files.
        download: Whether to fetch the domain's lists and images (0.5 to 6 GB) where they are missing.

    Reference:
        `Moment Matching for Multi-Source Domain Adaptation <https://arxiv.org/abs/1812.01754>`_ (Peng et al.,
        ICCV 2019).
    """

    classes = CLASSES
    title = 'DomainNet'
    slug = 'domainnet'
    folders = ('domainnet', 'DomainNet', 'domain_net')
    domains = ('clipart', 'infograph', 'painting', 'quickdraw', 'real', 'sketch')
    licence = 'non-commercial research and education, as fair use'
    homepage = 'http://ai.bu.edu/M3SDA/'
    layout = (
        'domainnet/<domain>/<class>/<image>, domainnet/<domain>_train.txt and domainnet/<domain>_test.txt '
        '(or the lists in domainnet/image_list, txt or splits)'
    )
    sizes: ClassVar = {
        'clipart': {'train': 33_525, 'test': 14_604},
        'infograph': {'train': 36_023, 'test': 15_582},
        'painting': {'train': 50_416, 'test': 21_850},
        'quickdraw': {'train': 120_750, 'test': 51_750},
        'real': {'train': 120_906, 'test': 52_041},
        'sketch': {'train': 48_212, 'test': 20_916},
    }

    def __init__(
        self,
        domain: str,
        size: int = 64,
        val: float = 0.1,
        test: float = 0.2,
        seed: int = 0,
        root: str | None = None,
        keep: Keep = 'auto',
        download: bool = False,
    ) -> None:
        super().__init__(domain, size, val, test, seed, root, keep)
        self.download = download

    def index(self) -> list[Item]:
        """Read both lists; the class is that of the folder."""
        if self.download:
            self._fetch_missing()
        folder = self.inside(self.domain)
        return [
            Item(
                item.path, item.path.parent.name, item.split
            )  # of copies with other labels in their lists too
            for split in ('train', 'test')
            for item in listed(self._list(split), (folder.parent, folder), self.classes, split)
        ]

    def _list(self, split: str) -> Path:
        name = f'{self.domain}_{split}.txt'
        return self.inside(name, *(f'{folder}/{name}' for folder in ('image_list', 'txt', 'splits')))

    def _fetch_missing(self) -> None:
        """Fetch lists and images that are missing into the first place."""
        home = self.places[0] / self.folders[0]
        for split in ('train', 'test'):
            try:
                self._list(split)
            except MissingDataError:
                name = f'{self.domain}_{split}.txt'
                fetch(f'{LISTS}/{name}', home / name, LIST_SUMS[name])
        try:
            self.inside(self.domain)
        except MissingDataError:
            url, digest = IMAGES[self.domain]
            archive = fetch(url, home / f'{self.domain}.zip', digest)
            unpack(archive, home / self.domain, self.domain)
            archive.unlink()
