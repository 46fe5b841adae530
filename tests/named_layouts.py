"""Tiny copies of the field's sets of image files, in the layouts in which these are published."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from dann.datasets import VisDA2017
from dann.datasets.domainnet_classes import CLASSES
from dann.datasets.image_clef_da import ImageCLEFDA
from dann.datasets.office_caltech10 import CALTECH


def paint(path: Path, label: int, number: int = 0, brightness: int = 0) -> Path:
    """Write an image whose red is the label's, whose green tells the number and whose blue the domain."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.empty((10, 12, 3), np.uint8)
    pixels[:] = (3 * label % 256, 20 * number % 256, brightness)
    Image.fromarray(pixels).save(path)
    return path


def folders(
    root: Path, names: Sequence[str], suffix: str = '.png', brightness: int = 0, count: int = 6
) -> None:
    """Write ``root/<class>/<number>``."""
    for label, name in enumerate(names):
        for number in range(count):
            paint(root / name / f'{number:05d}{suffix}', label, number, brightness)


def caltech_names(classes: Sequence[str]) -> list[str]:
    """Return the folders of Caltech-256 in the order of ``classes``."""
    called = {label: name for name, label in CALTECH.items()}
    return [called[name] for name in classes]


def listed_set(
    root: Path, domain: str, classes: Sequence[str], lists: Sequence[str], brightness: int = 0
) -> None:
    """Write class folders and, for each of ``lists``, a list of paths and labels of its own images."""
    for index, name in enumerate(lists):
        lines = []
        for label, called in enumerate(classes):
            for number in range(3 * index, 3 * index + 3):
                paint(root / domain / called / f'{number:05d}.png', label, number, brightness)
                lines.append(f'{domain}/{called}/{number:05d}.png {label}\n')
        (root / name).write_text(''.join(lines))


def visda(root: Path, domain: str, brightness: int = 0) -> None:
    """Write one domain of VisDA-2017, whose list lies in it and has paths from there."""
    folder, lines = root / 'visda-2017' / domain, []
    folders(folder, VisDA2017.classes, brightness=brightness)
    for label, name in enumerate(VisDA2017.classes):
        lines += [f'{name}/{number:05d}.png {label}\n' for number in range(6)]
    (folder / 'image_list.txt').write_text(''.join(lines))


def image_clef(root: Path, domain: str, brightness: int = 0) -> None:
    """Write one domain of ImageCLEF-DA: all images in one folder, classes in the list alone."""
    lines = []
    for label in range(len(ImageCLEFDA.classes)):
        for number in range(6):
            path = paint(root / 'image_CLEF' / domain / f'{label:02d}{number}.png', label, number, brightness)
            lines.append(f'{domain}/{path.name} {label}\n')
    (root / 'image_CLEF' / f'{domain}List.txt').write_text(''.join(lines))


def domainnet(root: Path, domain: str, brightness: int = 0) -> None:
    """Write one domain of DomainNet with its two lists."""
    lists = [f'{domain}_train.txt', f'{domain}_test.txt']
    listed_set(root / 'domainnet', domain, CLASSES, lists, brightness)
