"""Folders of small image files, as a user has them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from dann.datasets.storage.file_domain import FileDomain, Item, image_files

CLASSES = ('bus', 'car', 'van')


def write_image(path: Path, number: int = 0, size: int = 12, brightness: int = 60) -> Path:
    """Write a noisy image whose channel ``number % 3`` is bright."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng([number, brightness]).normal(brightness, 25, (size, size, 3))
    pixels[..., number % 3] += 90
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)
    return path


def write_domain(
    folder: Path, count: int = 30, brightness: int = 60, classes: Sequence[str] = CLASSES
) -> Path:
    """Write ``folder/class/number.png``, ``count`` images in turn over the classes."""
    for number in range(count):
        name = classes[number % len(classes)]
        write_image(folder / name / f'{number:03d}.png', number, brightness=brightness)
    return folder


def write_pair(root: Path, count: int = 30, **options: Any) -> Path:
    """Write the domains ``day`` and ``night``."""
    write_domain(root / 'day', count, brightness=110, **options)
    write_domain(root / 'night', count, brightness=40, **options)
    return root


class Photos(FileDomain):
    """Class folders below ``root/domain``; of two classes more than others need no test."""

    title = 'Photos'
    licence = 'none'
    homepage = 'nowhere'
    layout = 'photos'
    classes = CLASSES

    def __init__(self, root: Path, domain: str = 'day', size: int = 8, **options: Any) -> None:
        super().__init__(size, root=str(root), **options)
        self.name = f'photos/{domain}'
        self.source = root / domain

    def listing(self) -> list[Item]:
        return [Item(path, path.parent.name) for path in image_files(self.source)]
