"""Small data sets written in the layouts in which the real ones are published."""

from __future__ import annotations

import bz2
import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.io import savemat

Pixels = NDArray[np.uint8]
IDX = (
    'train-images-idx3-ubyte',
    'train-labels-idx1-ubyte',
    't10k-images-idx3-ubyte',
    't10k-labels-idx1-ubyte',
)


def drawn(count: int, shape: tuple[int, ...], seed: int) -> tuple[Pixels, NDArray[np.uint8]]:
    """Random images and labels that hold every digit."""
    rng = np.random.default_rng(seed)
    return (
        rng.integers(0, 256, (count, *shape), dtype=np.uint8),
        rng.permutation(np.arange(count) % 10).astype(np.uint8),
    )


def write_npz(path: Path, train: tuple[Any, Any], test: tuple[Any, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, x_train=train[0], y_train=train[1], x_test=test[0], y_test=test[1])


def write_idx(folder: Path, train: tuple[Any, Any], test: tuple[Any, Any], *, packed: bool) -> None:
    folder.mkdir(parents=True)
    for name, array in zip(IDX, (*train, *test), strict=True):
        header = struct.pack('>HBB', 0, 8, array.ndim) + struct.pack(f'>{array.ndim}I', *array.shape)
        content = header + array.tobytes()
        if packed:
            (folder / f'{name}.gz').write_bytes(gzip.compress(content))
        else:
            (folder / name).write_bytes(content)


def write_libsvm(folder: Path, train: tuple[Any, Any], test: tuple[Any, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, (images, labels) in (('usps.bz2', train), ('usps.t.bz2', test)):
        lines = []
        for image, label in zip(images, labels, strict=True):
            values = [f'{place}:{value / 127.5 - 1:.6f}' for place, value in enumerate(image.ravel(), 1)]
            lines.append(f'{label + 1} {" ".join(values)} \n')
        (folder / name).write_bytes(bz2.compress(''.join(lines).encode()))


def write_matlab(path: Path, images: Pixels, labels: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    tens = np.where(labels == 0, 10, labels).astype(np.uint8)
    savemat(path, {'X': np.moveaxis(images, 0, 3), 'y': tens[:, None]})


def write_photographs(folder: Path, count: int = 3) -> list[Path]:
    folder.mkdir(parents=True)
    rng = np.random.default_rng(count)
    paths = [folder / f'{number}.jpg' for number in range(count)]
    for number, path in enumerate(paths):
        Image.fromarray(rng.integers(0, 256, (40 + number, 50, 3), dtype=np.uint8)).save(path)
    return paths


def write_released(folder: Path, parts: dict[str, tuple[Pixels, NDArray[np.uint8]]]) -> None:
    for part, (images, labels) in parts.items():
        (folder / f'mnist_m_{part}').mkdir(parents=True)
        lines = []
        for number, (image, label) in enumerate(zip(images, labels, strict=True)):
            Image.fromarray(image).save(folder / f'mnist_m_{part}' / f'{number:08d}.png')
            lines.append(f'{number:08d}.png {label}\n')
        (folder / f'mnist_m_{part}_labels.txt').write_text(''.join(lines))


def write_gtsrb(
    root: Path, tracks: dict[int, list[int]], test: list[tuple[int, int]], *, training: str, truth: str
) -> None:
    """Write signs whose grey level is given: by class for each track of 3 frames, and for each test image."""
    for label, levels in tracks.items():
        folder = root / training / f'{label:05d}'
        folder.mkdir(parents=True)
        names = []
        for track, level in enumerate(levels):
            for frame in range(3):
                names.append(f'{track:05d}_{frame:05d}.ppm')
                _sign(label, level + frame).save(folder / names[-1])
        rows = [f'{name};30;30;5;5;25;25;{label}\n' for name in names]
        header = 'Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;ClassId\n'
        (folder / f'GT-{label:05d}.csv').write_text(header + ''.join(rows))
    images = root / 'GTSRB/Final_Test/Images'
    images.mkdir(parents=True)
    for number, (label, level) in enumerate(test):
        _sign(label, level).save(images / f'{number:05d}.ppm')
    rows = [f'{number:05d}.ppm;30;30;5;5;25;25;{label}\n' for number, (label, _) in enumerate(test)]
    (root / truth).write_text(header + ''.join(rows))


def _sign(label: int, level: int) -> Image.Image:
    """An image of one grey, of a size of its own, with its class in the red of a corner that hardly counts."""
    pixels = np.full((33, 33 + label % 3, 3), level, np.uint8)
    pixels[0, 0, 0] = label
    return Image.fromarray(pixels)
