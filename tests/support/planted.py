"""A clean data set in three layouts, and faults that are planted into a copy of it, one at a time.

A planter changes the set and returns the code of the fault and the names by which a finding must name it.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

DOMAINS = ('day', 'night')
CLASSES = ('bus', 'car', 'van')
COUNTS = {'train': 6, 'val': 2, 'test': 2}
Planted = tuple[str, tuple[str, ...]]
Arrays = dict[str, NDArray[Any]]


def noise(seed: int, shape: tuple[int, ...] = (16, 20, 3)) -> NDArray[np.uint8]:
    """An image that no other seed gives."""
    return np.random.default_rng([7, seed]).integers(0, 256, shape, np.uint8)


def save(path: Path, pixels: NDArray[np.uint8]) -> None:
    """Write an image file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def places() -> list[tuple[str, str, str, str]]:
    """Domain, split, class and file name of every image of the clean set."""
    return [
        (domain, split, label, f'{number}.png')
        for domain in DOMAINS
        for split, count in COUNTS.items()
        for label in CLASSES
        for number in range(count)
    ]


def clean_folder(root: Path, *, split: bool = True) -> Path:
    """Two domains of three classes, ten images each, that no rule objects to."""
    for seed, (domain, part, label, name) in enumerate(places()):
        inner = Path(part, label, name) if split else Path(label, f'{part}-{name}')
        save(root / domain / inner, noise(seed))
    return root


@dataclass
class Table:
    """A CSV that is held as rows until it is written."""

    path: Path
    rows: list[list[str]]

    def write(self) -> Path:
        with self.path.open('w', newline='', encoding='utf-8') as file:
            csv.writer(file).writerows(self.rows)
        return self.path

    def line(self, name: str) -> int:
        """Return the position of the row of an image."""
        return next(index for index, row in enumerate(self.rows) if row[0] == name)


def clean_table(root: Path) -> Table:
    """The same images in one folder, and a table of them."""
    rows = [['path', 'domain', 'label', 'split']]
    for seed, (domain, part, label, name) in enumerate(places()):
        file = f'images/{domain}-{part}-{label}-{name}'
        save(root / file, noise(seed))
        rows.append([file, domain, label, part])
    return Table(root / 'table.csv', rows)


def clean_arrays() -> Arrays:
    """The same images as arrays."""
    where = places()
    return {
        'x': np.stack([noise(seed) for seed in range(len(where))]),
        'y': np.array([CLASSES.index(label) for _, _, label, _ in where]),
        'domain': np.array([domain for domain, _, _, _ in where]),
        'split': np.array([part for _, part, _, _ in where]),
    }


def copy(root: Path, source: str, target: str) -> None:
    """Copy an image of a folder."""
    (root / target).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(root / source, root / target)


def truncated(root: Path) -> Planted:
    path = root / 'night/train/bus/0.png'
    path.write_bytes(path.read_bytes()[:400])
    return 'unreadable', ('night/train/bus/0.png',)


def truncated_jpeg(root: Path) -> Planted:
    path = root / 'night/train/car/6.jpg'
    save(path, noise(901, (64, 64, 3)))
    path.write_bytes(path.read_bytes()[:1500])
    return 'unreadable', ('night/train/car/6.jpg',)


def zero_byte(root: Path) -> Planted:
    (root / 'day/train/van/1.png').write_bytes(b'')
    return 'zero-byte', ('day/train/van/1.png',)


def no_image(root: Path) -> Planted:
    (root / 'day/val/bus/9.jpg').write_text('<html>404</html>')
    return 'not-an-image', ('day/val/bus/9.jpg',)


def class_in_one_domain(root: Path) -> Planted:
    for part, count in COUNTS.items():
        for number in range(count):
            save(root / f'night/{part}/tram/{number}.png', noise(1000 + 10 * len(part) + number, (16, 21, 3)))
    return 'class-in-one-domain', ('night/tram',)


def empty_class(root: Path) -> Planted:
    for part in COUNTS:
        for domain in DOMAINS:
            (root / domain / part / 'bike').mkdir()
    return 'empty-class', tuple(f'{domain}/{part}/bike' for domain in DOMAINS for part in COUNTS)


def class_spelling(root: Path) -> Planted:
    for part in COUNTS:
        (root / 'night' / part / 'car').rename(root / 'night' / part / 'Car ')
    return 'class-spelling', ('night/Car ', 'day/car')


def empty_domain(root: Path) -> Planted:
    (root / 'dusk').mkdir()
    return 'empty-domain', ('dusk',)


def empty_split(root: Path) -> Planted:
    for label in CLASSES:
        for path in (root / 'night/test' / label).iterdir():
            path.unlink()
    return 'empty-split', ('night/test',)


def missing_train(root: Path) -> Planted:
    shutil.rmtree(root / 'day/train')
    return 'missing-split', ('day',)


def missing_val(root: Path) -> Planted:
    shutil.rmtree(root / 'day/val')
    return 'drawn-split', ('day',)


def unknown_split(root: Path) -> Planted:
    copy(root, 'day/val/bus/0.png', 'day/extra/bus/0.png')
    return 'unknown-split', ('day/extra',)


def leak_between_splits(root: Path) -> Planted:
    copy(root, 'night/train/bus/2.png', 'night/test/bus/8.png')
    return 'leak-between-splits', ('night/test/bus/8.png', 'night/train/bus/2.png')


def leak_between_domains(root: Path) -> Planted:
    copy(root, 'day/train/bus/2.png', 'night/train/bus/8.png')
    return 'leak-between-domains', ('day/train/bus/2.png', 'night/train/bus/8.png')


def duplicate_file(root: Path) -> Planted:
    copy(root, 'day/train/car/2.png', 'day/train/car/8.png')
    return 'duplicate-file', ('day/train/car/2.png', 'day/train/car/8.png')


def same_pixels(root: Path) -> Planted:
    with Image.open(root / 'day/train/car/3.png') as image:
        image.save(root / 'day/train/car/9.bmp')
    return 'same-pixels', ('day/train/car/3.png', 'day/train/car/9.bmp')


def same_pixels_between_splits(root: Path) -> Planted:
    with Image.open(root / 'night/train/van/3.png') as image:
        image.save(root / 'night/test/van/9.bmp')
    return 'same-pixels-between-splits', ('night/test/van/9.bmp', 'night/train/van/3.png')


def same_pixels_between_domains(root: Path) -> Planted:
    with Image.open(root / 'day/train/van/4.png') as image:
        image.save(root / 'night/train/van/9.bmp')
    return 'same-pixels-between-domains', ('day/train/van/4.png', 'night/train/van/9.bmp')


def conflicting_labels(root: Path) -> Planted:
    copy(root, 'day/train/van/5.png', 'day/train/bus/8.png')
    return 'conflicting-labels', ('day/train/bus/8.png', 'day/train/van/5.png')


def few_images(root: Path) -> Planted:
    for number in (4, 5):
        (root / f'night/train/car/{number}.png').unlink()
    return 'few-images', ('night/train/car',)


def label_shift(root: Path) -> Planted:
    for number in range(30):
        save(root / f'night/train/bus/{100 + number}.png', noise(2000 + number))
    return 'label-shift', ('day - night',)


def one_class(root: Path) -> Planted:
    for label in CLASSES[1:]:
        for folder in root.glob(f'*/*/{label}'):
            shutil.rmtree(folder)
    return 'one-class', ('bus',)


def misplaced_image(root: Path) -> Planted:
    save(root / 'day/5.png', noise(905))
    return 'misplaced-image', ('day/5.png',)


FOLDER: tuple[Callable[[Path], Planted], ...] = (
    truncated,
    truncated_jpeg,
    zero_byte,
    no_image,
    class_in_one_domain,
    empty_class,
    class_spelling,
    empty_domain,
    empty_split,
    missing_train,
    missing_val,
    unknown_split,
    leak_between_splits,
    leak_between_domains,
    duplicate_file,
    same_pixels,
    same_pixels_between_splits,
    same_pixels_between_domains,
    conflicting_labels,
    few_images,
    label_shift,
    one_class,
    misplaced_image,
)
# missing folders and unlike domains hide other faults
TOGETHER = tuple(
    plant
    for plant in FOLDER
    if plant not in (empty_split, missing_train, missing_val, class_spelling, label_shift, one_class)
)
