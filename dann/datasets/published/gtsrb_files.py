"""How GTSRB lies on disk: the official folders of PPM images, or one archive of arrays."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dann.core.errors import UserError
from dann.core.numpy_files import open_arrays
from dann.core.text_files import listed_text
from dann.datasets.storage.image_files import opened_image
from dann.datasets.storage.public import resized

BASES = ('gtsrb/GTSRB', 'GTSRB', 'gtsrb', '')
TRAINING = ('Final_Training/Images', 'Training')
TEST = 'Final_Test/Images'
TRUTH = 'GT-final_test.csv'
# each zip unpacked into a folder of its own name
UNPACKED = {
    'training': 'gtsrb/GTSRB_Final_Training_Images/GTSRB/Final_Training/Images',
    'test': 'gtsrb/GTSRB_Final_Test_Images/GTSRB/Final_Test/Images',
    'truth': 'gtsrb/GTSRB_Final_Test_GT/GT-final_test.csv',
}


@dataclass(frozen=True, slots=True)
class Signs:
    """Images of signs, in the published order.

    Args:
        images: uint8, shape ``(N, 3, H, W)``.
        labels: Classes, shape ``(N,)``.
        grey: Mean grey level of each image in [0, 255], shape ``(N,)``.
        names: Distinct names that tell no class, shape ``(N,)``.
        tracks: Number of the physical sign, counted over all classes, shape ``(N,)``; empty for the test part.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    grey: NDArray[np.float64]
    names: NDArray[np.str_]
    tracks: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Folders:
    """The official layout.

    Args:
        training: Folder of one folder per class, with images ``TRACK_FRAME.ppm``.
        test: Folder of the test images.
        truth: Table of the test images' classes.
    """

    training: Path
    test: Path
    truth: Path

    @classmethod
    def find(cls, place: Path) -> Folders | None:
        """Return the folders below ``place``, or ``None`` if one is missing."""
        bases = [place / base for base in BASES]
        training = [base / name for base in bases for name in TRAINING] + [place / UNPACKED['training']]
        test = [base / TEST for base in bases] + [place / UNPACKED['test']]
        near = [folder / TRUTH for base in bases for folder in (base, base / TEST, base / 'Final_Test')]
        found = [_first(training), _first(test), _first([*near, place / UNPACKED['truth']])]
        paths = [path for path in found if path]
        return cls(*paths) if len(paths) == 3 else None

    def listing(self) -> tuple[list[Path], list[tuple[Path, int]]]:
        """Return the training images, and the test images with their classes, in the published order."""
        lines = io.StringIO(listed_text(self.truth), newline='')
        try:
            rows = list(csv.DictReader(lines, delimiter=';', skipinitialspace=True))
            test = [(self.test / row['Filename'], int(row['ClassId'])) for row in rows]
        except (KeyError, TypeError, ValueError, csv.Error) as error:
            msg = f'cannot read Filename and ClassId in {self.truth} ({error!r}); restore the official table'
            raise UserError(msg) from error
        return sorted(self.training.glob('*/*.ppm')), test

    def fingerprint(self) -> str:
        """Return a hash over names and sizes of the images and the classes of the test part."""
        train, test = self.listing()
        lines = [f'{path.parent.name}/{path.name} {_size(path)}\n' for path in train]
        lines += [f'{path.name} {_size(path)} {label}\n' for path, label in test]
        return hashlib.sha256(''.join(lines).encode()).hexdigest()

    def read(self, size: int) -> tuple[Signs, Signs]:
        """Decode every image at ``size`` pixels a side.

        Raises:
            UserError: An image cannot be read, or its name is not of the official form.
        """
        train, test = self.listing()
        keys = [_track_and_frame(path) for path in train]
        labels = np.array([label for label, _, _ in keys], np.int64)
        tracks = numbered(labels, np.array([track for _, track, _ in keys]))
        frames = np.array([frame for _, _, frame in keys])
        return (
            _signs(train, labels, train_names(tracks, frames), tracks, size),
            _signs(
                [path for path, _ in test],
                np.array([label for _, label in test], np.int64),
                np.array([f'gtsrb/test/{path.stem}' for path, _ in test]),
                tracks[:0],
                size,
            ),
        )


def _first(paths: Sequence[Path]) -> Path | None:
    return next((path for path in paths if path.exists()), None)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise UserError(f'cannot read {path} ({error.strerror}); restore the official files') from error


def _track_and_frame(path: Path) -> tuple[int, int, int]:
    track, _, frame = path.stem.partition('_')
    try:
        return int(path.parent.name), int(track), int(frame)
    except ValueError as error:
        msg = f'expected CLASS/TRACK_FRAME.ppm in numbers, got {path}; restore the official names'
        raise UserError(msg) from error


def _signs(
    paths: Sequence[Path],
    labels: NDArray[np.int64],
    names: NDArray[np.str_],
    tracks: NDArray[np.int64],
    size: int,
) -> Signs:
    images, grey = np.empty((len(paths), 3, size, size), np.uint8), np.empty(len(paths))
    for index, path in enumerate(paths):
        try:
            with opened_image(path) as image:
                colour = image.convert('RGB')
        except (OSError, SyntaxError, ValueError) as error:
            raise UserError(f'cannot read image {path} ({error}); restore the official file') from error
        grey[index] = np.asarray(colour.convert('L')).mean()
        images[index] = np.moveaxis(np.asarray(colour.resize((size, size), Image.Resampling.BILINEAR)), 2, 0)
    return Signs(images, labels, grey, names, tracks)


def read_archive(path: Path, size: int) -> tuple[Signs, Signs]:
    """Read an archive of ``x``, ``y`` and ``mean`` of both parts, ``track_train``, ``frame_train``, ``id_test``.

    Raises:
        UserError: It is damaged, or an array is missing.
    """
    try:
        with open_arrays(path) as arrays:
            kept = {name: arrays[name] for name in arrays.files}
        tracks = numbered(kept['y_train'], kept['track_train'])
        test = np.array([f'gtsrb/test/{number:05d}' for number in kept['id_test']])
        return (
            _unpacked(kept, 'train', train_names(tracks, kept['frame_train']), tracks, size),
            _unpacked(kept, 'test', test, tracks[:0], size),
        )
    except Exception as error:
        # a damaged file may fail in any way of its decoder
        msg = f'cannot read {path} ({error!r}); replace it by a whole one, or by the official folders'
        raise UserError(msg) from error


def _unpacked(arrays: dict[str, Any], part: str, names: Any, tracks: NDArray[np.int64], size: int) -> Signs:
    images = resized(np.ascontiguousarray(np.moveaxis(arrays[f'x_{part}'], 3, 1)), size)
    labels, grey = arrays[f'y_{part}'].astype(np.int64), arrays[f'mean_{part}'].astype(np.float64)
    return Signs(images, labels, grey, names, tracks)


def train_names(tracks: NDArray[np.int64], frames: NDArray[Any]) -> NDArray[np.str_]:
    """Return names of training images from the number of the track over all classes, and the frame."""
    pairs = zip(tracks, frames, strict=True)
    return np.array([f'gtsrb/train/{track:04d}-{frame:02d}' for track, frame in pairs])


def numbered(labels: NDArray[Any], tracks: NDArray[Any]) -> NDArray[np.int64]:
    """Return numbers of tracks counted over all classes, from numbers that start anew in each class."""
    pairs = np.stack([labels.astype(np.int64), tracks.astype(np.int64)], axis=1)
    return np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1)
