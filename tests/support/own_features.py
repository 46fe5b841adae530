"""The same small features as an archive, files beside each other and a table; and short series."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

CLASSES = ('bus', 'car', 'van')
WIDTH, COUNT = 5, 40
Arrays = dict[str, NDArray[Any]]


def drawn(seed: int = 0, count: int = COUNT, **changes: Any) -> Arrays:
    """Two domains of three classes; features in units that differ a thousandfold, and moved in the target."""
    rng = np.random.default_rng(seed)
    labels = np.tile(np.arange(2 * count) % 3, 1)
    domain = np.repeat(['a', 'b'], count)
    x = 3 * np.eye(3, WIDTH)[labels] + rng.normal(0, 0.5, (2 * count, WIDTH)) + (domain == 'b')[:, None]
    made = {
        'x': (x * [1, 1000, 0.001, 1, 1]).astype(np.float32),
        'y': np.array(CLASSES)[labels],
        'domain': domain,
    }
    return {key: value for key, value in (made | changes).items() if value is not None}


def series(steps: int = 12, count: int = COUNT) -> Arrays:
    """Two channels over time; the class is in the first one's frequency, and the target is louder."""
    flat = drawn(count=count)
    labels = np.array([CLASSES.index(name) for name in flat['y']])
    angle = np.outer(labels + 1, np.linspace(0, np.pi, steps))
    x = np.stack([np.sin(angle), np.cos(angle)], axis=1) + np.random.default_rng(1).normal(
        0, 0.1, (2 * count, 2, steps)
    )
    return flat | {'x': (x * (1 + (flat['domain'] == 'b')[:, None, None])).astype(np.float32)}


def write_npz(folder: Path, arrays: Arrays | None = None) -> Path:
    path = folder / 'feats.npz'
    np.savez(path, **(drawn() if arrays is None else arrays))  # type: ignore[arg-type]
    return path


def write_npy(folder: Path, arrays: Arrays | None = None) -> Path:
    arrays = drawn() if arrays is None else arrays
    names = {'x': '', 'y': '.labels', 'domain': '.domains', 'split': '.splits', 'classes': '.classes'}
    for key, value in arrays.items():
        np.save(folder / f'feats{names[key]}.npy', value)
    return folder / 'feats.npy'


def rows_of(arrays: Arrays) -> list[list[str]]:
    """A header, and the cells of each sample: features f0, f1 and so on, then domain and label."""
    header = [*(f'f{index}' for index in range(arrays['x'].shape[1])), 'domain', 'label']
    features = [[repr(float(number)) for number in row] for row in arrays['x']]
    told = zip(features, arrays['domain'], arrays['y'], strict=True)
    return [header, *([*row, str(domain), str(label)] for row, domain, label in told)]


def write_csv(folder: Path, rows: list[list[str]] | None = None) -> Path:
    path = folder / 'feats.csv'
    with path.open('w', newline='', encoding='utf-8') as file:
        csv.writer(file).writerows(rows_of(drawn()) if rows is None else rows)
    return path
