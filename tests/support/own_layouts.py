"""The same small photographs as a folder, a table and an archive of the user's own."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from photos import CLASSES
from PIL import Image

from dann.datasets import Arrays, Folder, Table
from dann.datasets.base import SPLITS
from dann.datasets.storage.decoding import image_files
from dann.datasets.storage.stored_domain import StoredDomain

Rows = list[dict[str, str]]


def rows_below(root: Path) -> Rows:
    return [
        {'path': str(path.relative_to(root)), 'domain': path.parts[-3], 'label': path.parts[-2]}
        for path in image_files(root)
    ]


def write_table(root: Path, rows: Rows | None = None) -> Path:
    rows = rows_below(root) if rows is None else rows
    with (root / 'table.csv').open('w', newline='') as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return root / 'table.csv'


def archive(root: Path, **changes: Any) -> Path:
    """Write what a folder holds as arrays, with ``changes``."""
    rows = rows_below(root)
    images = [np.asarray(Image.open(root / row['path'])) for row in rows]
    content: dict[str, Any] = {
        'x': np.stack(images),
        'y': np.array([row['label'] for row in rows]),
        'domain': np.array([row['domain'] for row in rows]),
    }
    np.savez(
        root / 'arrays.npz', **{key: value for key, value in (content | changes).items() if value is not None}
    )
    return root / 'arrays.npz'


def from_folder(root: Path, domain: str) -> StoredDomain:
    return Folder(str(root), domain, size=12)


def from_table(root: Path, domain: str) -> StoredDomain:
    return Table(str(write_table(root)), domain, size=12)


def from_arrays(root: Path, domain: str) -> StoredDomain:
    return Arrays(str(archive(root)), domain, size=12)


Make = Callable[[Path, str], StoredDomain]


def content(domain: StoredDomain) -> dict[str, tuple[NDArray[Any], list[int]]]:
    domain.prepare()
    return {split: (domain.images(split)[:].numpy(), domain.labels(split).tolist()) for split in SPLITS}


def strip(root: Path) -> None:
    """Take the night's images out of their class folders."""
    for path in image_files(root / 'night'):
        path.rename(root / 'night' / path.name)
    for name in CLASSES:
        (root / 'night' / name).rmdir()


def blind(root: Path, make: Make, domain: str = 'night') -> StoredDomain:
    if make is from_folder:
        strip(root)
        return make(root, domain)
    rows = rows_below(root)
    labels = [row['label'] if row['domain'] == 'day' else '' for row in rows]
    if make is from_arrays:
        return Arrays(str(archive(root, y=np.array(labels))), domain, size=12)
    told = [row | {'label': label} for row, label in zip(rows, labels, strict=True)]
    return Table(str(write_table(root, told)), domain, size=12)
