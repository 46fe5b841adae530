"""ExDark."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from dann.core.errors import UserError
from dann.core.text_files import listed_text
from dann.datasets.base import SPLITS
from dann.datasets.storage.file_domain import Item, Keep
from dann.datasets.storage.layouts import class_folders
from dann.datasets.storage.named_domain import NamedDomain
from dann.datasets.storage.public import MissingDataError


class ExDark(NamedDomain):
    """7,363 photographs of 12 classes in the dark, from very low light to twilight: a target.

    It has no day domain of its own. A source has to have these 12 classes in this order; MS COCO has all of them
    (its motorcycle, person and dining table are Motorbike, People and Table), so images of COCO in folders by
    these names are one.

    The published splits are taken from ``imageclasslist.txt`` where it is there, and drawn where it is not.

    Reference:
        `Getting to Know Low-light Images with The Exclusively Dark Dataset <https://arxiv.org/abs/1805.11227>`_
        (Loh and Chan, Computer Vision and Image Understanding 2019).
    """

    classes = (
        'Bicycle', 'Boat', 'Bottle', 'Bus', 'Car', 'Cat', 'Chair', 'Cup', 'Dog', 'Motorbike', 'People', 'Table',
    )  # fmt: skip
    title = 'ExDark'
    slug = 'exdark'
    folders = ('ExDark', 'exdark', 'ExDark/ExDark', 'exdark/ExDark')
    domains = ('dark',)
    licence = 'non-commercial research'
    homepage = 'https://github.com/cs-chan/Exclusively-Dark-Image-Dataset'
    layout = 'ExDark/<class>/<image>, and ExDark/imageclasslist.txt for the published splits'
    sizes: ClassVar = {'dark': 7363}

    def __init__(
        self,
        domain: str = 'dark',
        size: int = 64,
        val: float = 0.1,
        test: float = 0.2,
        seed: int = 0,
        root: str | None = None,
        keep: Keep = 'auto',
    ) -> None:
        super().__init__(domain, size, val, test, seed, root, keep)

    def index(self) -> list[Item]:
        """List the folders of the classes and look the splits up."""
        items = class_folders(self.inside('Bicycle').parent, self.classes)
        try:
            splits = published_splits(self.inside('imageclasslist.txt', 'Groundtruth/imageclasslist.txt'))
        except MissingDataError:
            return items
        return [Item(item.path, item.label, splits.get(item.path.stem)) for item in items]


def published_splits(path: Path) -> dict[str, str]:
    """Return split by name without suffix, which copies of the set spell differently.

    Raises:
        UserError: A line is none of the published list.
    """
    found = {}
    for number, line in enumerate(listed_text(path).splitlines(), 1):
        fields = line.split()
        if '|' in line or not fields:  # the heading
            continue
        if len(fields) != 5 or fields[4] not in ('1', '2', '3'):
            msg = (
                f'expected name, class, light, place and split in line {number} of {path}, '
                f'got {line[:80]!r}; restore the published list'
            )
            raise UserError(msg)
        found[Path(fields[0]).stem] = SPLITS[int(fields[4]) - 1]
    return found
