"""The field's sets of image files, tiny, in the layouts in which they are published or passed on.

Every image is of one colour that tells its class and its domain, and no two images are alike.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dann.datasets import (
    AMOS,
    PACS,
    DomainNet,
    ExDark,
    ImageCLEFDA,
    Office31,
    OfficeCaltech10,
    OfficeHome,
    VisDA2017,
)
from dann.datasets.published.amos import COLUMNS
from dann.datasets.storage.named_domain import NamedDomain

COPIES = 5  # images of a class that have a colour of their own


@dataclass(frozen=True, slots=True)
class Painted:
    """An image of a fixture: where it is, and what it was made as."""

    path: Path
    label: int
    split: str | None


List = Callable[[Path, str, list[Painted]], None]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a set lies on disk.

    Args:
        dataset: Its class.
        folder: Of the set, below the root.
        file: An image's path below that, of ``domain``, ``label``, ``split``, ``number`` and ``suffix``.
        domains: Those that are written.
        splits: Of the images of each class, one each.
        spelled: How domains, classes and splits are called on disk, where it is otherwise.
        suffixes: Of the images by domain, where it is not ``.jpg``.
        lists: Writes the domain's lists, if it has any.
    """

    dataset: type[NamedDomain]
    folder: str
    file: str
    domains: tuple[str, ...]
    splits: tuple[str | None, ...] = (None,) * 2
    spelled: Mapping[str, str] = field(default_factory=dict)
    suffixes: Mapping[str, str] = field(default_factory=dict)
    lists: List | None = None

    def write(self, root: Path) -> dict[str, list[Painted]]:
        """Write every domain below ``root`` and return the images by domain."""
        return {domain: self._domain(root / self.folder, domain) for domain in self.domains}

    def _domain(self, home: Path, domain: str) -> list[Painted]:
        made = []
        for label, name in enumerate(self.dataset.classes):
            for copy, split in enumerate(self.splits):
                path = home / self.file.format(
                    domain=self.spelled.get(domain, domain),
                    label=self.spelled.get(name, name),
                    split=self.spelled.get(str(split), split),
                    number=label * len(self.splits) + copy,
                    suffix=self.suffixes.get(domain, '.jpg'),
                )
                paint(path, label, self.domains.index(domain), copy)
                made.append(Painted(path, label, split))
        if self.lists:
            self.lists(home, domain, made)
        return made


def paint(path: Path, label: int, domain: int, copy: int) -> None:
    """Write an image that tells its class by red and green, and its domain by blue."""
    path.parent.mkdir(parents=True, exist_ok=True)
    colour = label // 20 * 12 + 6, label % 20 * 12 + 6, (domain * COPIES + copy) * 8 + 4
    image = Image.new('RGB', (8 + copy, 10), colour)
    if path.suffix == '.png':
        image.save(path)
    else:
        image.save(path, quality=100, subsampling=0)


def painted(images: NDArray[np.uint8]) -> tuple[list[int], list[int]]:
    """Return the classes and the domains that images ``(N, 3, H, W)`` were painted as."""
    red, green, blue = images.mean(axis=(2, 3)).T
    labels = 20 * ((red - 6) / 12).round() + ((green - 6) / 12).round()
    return labels.astype(int).tolist(), (((blue - 4) / 8).round() // COPIES).astype(int).tolist()


def listing(name: str, *, split: str | None = None, depth: int = 2, below: str = '', shift: int = 0) -> List:
    """Return a writer of a list of paths, the last ``depth`` parts of each, with labels."""

    def write(home: Path, domain: str, made: list[Painted]) -> None:
        path = home / name.format(domain=domain)
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [item for item in made if item.split == split]
        path.write_text(
            ''.join(f'{below}{"/".join(item.path.parts[-depth:])} {item.label + shift}\n' for item in rows)
        )

    return write


def both(name: str) -> List:
    """Return a writer of the lists of training and test images."""

    def write(home: Path, domain: str, made: list[Painted]) -> None:
        for split in ('train', 'test'):
            listing(name.replace('SPLIT', split), split=split, depth=3)(home, domain, made)

    return write


def class_list(home: Path, _: str, made: list[Painted]) -> None:
    """Write the list of ExDark, with suffixes in another spelling than the files have."""
    number = {'train': 1, 'val': 2, 'test': 3}
    rows = [f'{item.path.stem}.PNG {item.label + 1} 3 1 {number[item.split or ""]}\n' for item in made]
    home.joinpath('imageclasslist.txt').write_text(
        'Name | Class | Light | In/Out | Train/Val/Test\n' + ''.join(rows)
    )


def frames(home: Path, domain: str, made: list[Painted]) -> None:
    """Add the domain to the index of AMOS, with a copy of a frame and a camera of the night that are left out."""
    rows = [
        (item.path.parts[-3], domain, item.path.name, '', item.label, AMOS.classes[item.label])
        for item in made
    ]
    copy = home / 'images' / 'training' / domain / 'copy.jpg'
    copy.write_bytes(made[0].path.read_bytes())
    paint(copy.with_name('dark.jpg'), 0, 1, 4)
    rows.append(('training', domain, 'copy.jpg', made[0].path.name, 0, AMOS.classes[0]))
    rows.append(('training', domain, 'dark.jpg', '', -1, 'night_only'))
    path = home / 'index.csv'
    new = not path.exists()
    with path.open('a', newline='') as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(COLUMNS)
        writer.writerows(rows)


OFFICE = ('amazon', 'webcam')
CALTECH = {
    'back_pack': '003.backpack', 'bike': '224.touring-bike', 'calculator': '027.calculator',
    'headphones': '101.head-phones', 'keyboard': '045.computer-keyboard', 'laptop_computer': '127.laptop-101',
    'monitor': '046.computer-monitor', 'mouse': '047.computer-mouse', 'mug': '041.coffee-mug',
    'projector': '238.video-projector',
}  # fmt: skip
BY_CLASS = '{domain}/{label}/{number:05d}{suffix}'
FRAMES = '{domain}/images/{label}/frame_{number:04d}.jpg'
FLAT = '{domain}/{number}.jpg'
VISDA = {'train': '.png'}
HOME = ('Art', 'Clipart', 'Real World')
PUBLISHED = ('train', 'test')

LAYOUTS = {
    'office31': Layout(Office31, 'office31', FRAMES, OFFICE),
    'office31-plain': Layout(
        Office31, 'domain_adaptation_images', FRAMES.replace('images/', ''), ('dslr', 'webcam')
    ),
    'office-home': Layout(OfficeHome, 'OfficeHome', BY_CLASS, HOME, spelled={'ToothBrush': 'Toothbrush'}),
    'office-home-archive': Layout(
        OfficeHome, 'OfficeHomeDataset_10072016', BY_CLASS, HOME[1:], spelled={'Real World': 'RealWorld'}
    ),
    'office-home-underscore': Layout(
        OfficeHome, 'office_home', BY_CLASS, HOME[1:], spelled={'Real World': 'Real_World'}
    ),
    'office-caltech10': Layout(OfficeCaltech10, 'office_caltech_10', BY_CLASS, ('caltech', 'dslr')),
    'office-caltech10-images': Layout(
        OfficeCaltech10, 'office-caltech10', '{domain}/images/{label}/{number:04d}.jpg', ('amazon', 'webcam')
    ),
    'office-caltech10-caltech256': Layout(
        OfficeCaltech10, 'office_caltech', BY_CLASS, ('caltech',), spelled={**CALTECH, 'caltech': 'caltech10'}
    ),
    'pacs': Layout(PACS, 'PACS', BY_CLASS, ('photo', 'art_painting', 'sketch'), suffixes={'sketch': '.png'}),
    'pacs-kfold': Layout(PACS, 'PACS/kfold', BY_CLASS, ('cartoon', 'sketch'), suffixes={'sketch': '.png'}),
    'image-clef': Layout(ImageCLEFDA, 'image_CLEF', FLAT, ('b', 'c', 'p'), lists=listing('{domain}List.txt')),
    'image-clef-list': Layout(
        ImageCLEFDA, 'imageCLEF', FLAT, ('i', 'p'), lists=listing('list/{domain}List.txt', depth=1)
    ),
    'image-clef-foreign': Layout(
        ImageCLEFDA, 'ImageCLEF', FLAT, ('i', 'p'), lists=listing('list/{domain}List.txt', below='./data/old/')
    ),
    'visda2017': Layout(
        VisDA2017, 'visda-2017', BY_CLASS, ('train', 'validation'), suffixes=VISDA,
        lists=listing('{domain}/image_list.txt'),
    ),
    'visda2017-beside': Layout(
        VisDA2017, 'VisDA', BY_CLASS, ('train', 'validation'), suffixes=VISDA,
        lists=listing('{domain}_list.txt', depth=3),
    ),
    'visda2017-image-list': Layout(
        VisDA2017, 'visda2017', BY_CLASS, ('train', 'validation'), suffixes=VISDA,
        lists=listing('image_list/{domain}.txt', depth=3),
    ),
    'domainnet': Layout(
        DomainNet, 'domainnet', BY_CLASS, ('clipart', 'sketch'), PUBLISHED, lists=both('{domain}_SPLIT.txt')
    ),
    'domainnet-txt': Layout(
        DomainNet, 'DomainNet', BY_CLASS, ('real',), PUBLISHED, lists=both('txt/{domain}_SPLIT.txt')
    ),
    'exdark': Layout(
        ExDark, 'ExDark', '{label}/2015_{number:05d}.jpg', ('dark',), ('train', 'val', 'test'), lists=class_list
    ),
    'exdark-drawn': Layout(ExDark, 'ExDark/ExDark', '{label}/2015_{number:05d}.png', ('dark',)),
    'amos': Layout(
        AMOS, 'amos_day_night', 'images/{split}/{domain}/2015{number:04d}.jpg', ('day', 'night'),
        ('train', 'train', 'train', 'test'), spelled={'train': 'training'}, lists=frames,
    ),
}  # fmt: skip
