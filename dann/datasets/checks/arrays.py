"""Listing of arrays: x, y, domain and, optionally, split and classes, in an .npz or in .npy files."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dann.core.numpy_files import ObjectsError, load_array, open_arrays
from dann.datasets.checks.listing import Entry, Listing
from dann.datasets.own.arrays import CHANNELS, SHAPES, beside, is_features, whole_labels
from dann.datasets.own.shared import label_of, parse_split

NEEDED = ('x', 'y', 'domain')
KEYS = (*NEEDED, 'split', 'classes')


def list_arrays(path: Path, domains: Collection[str] = ()) -> Listing:
    """List the images, features or series in arrays.

    Args:
        path: The ``.npz`` file, or ``FILE.npy``.
        domains: Those to look at; all where empty.
    """
    listing = Listing(path, 'arrays')
    arrays = _load(path, listing)
    _shapes(arrays, listing)
    images = arrays.get('x')
    if images is None or images.dtype.kind not in 'uifb':
        return listing
    if is_features(images.dtype, images.shape):
        listing.features = tuple(f'x[:, {index}]' for index in range(images.shape[1]))
    elif not _is_images(images.shape):
        return listing
    elif images.ndim == 4 and images.shape[3] not in CHANNELS:
        images = np.moveaxis(images, 1, 3)
    listing.images = images
    _list(listing, arrays, len(images), domains)
    return listing


def _list(listing: Listing, arrays: dict[str, NDArray[Any]], count: int, domains: Collection[str]) -> None:
    labels = _labels(arrays, count, listing)
    names, splits = (_texts(arrays.get(key), count) for key in ('domain', 'split'))
    for row in range(count):
        if domains and names[row] not in domains:
            continue
        split = parse_split(splits[row])
        if splits[row] and split is None:
            listing.findings.add('unknown-split', f'split[{row}]', detail=repr(splits[row]))
        listing.add(Entry(f'x[{row}]', names[row], labels[row], split, row=row))


def _load(path: Path, listing: Listing) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    try:
        with _opened(path) as archive:
            for key in archive.files:
                arrays |= _array(archive, key, listing)
    except (OSError, ValueError) as error:
        code = 'zero-byte' if path.is_file() and not path.stat().st_size else 'unreadable'
        listing.findings.add(code, path.name, detail=str(error))
        return {}
    for key in NEEDED:
        if key not in archive.files:
            have = ', '.join(archive.files) or 'none'
            listing.findings.add('missing-column', key, detail=f'arrays are {have}')
    return arrays


class _Beside:
    """The arrays in .npy files beside each other, read as those of an archive are."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files = [key for key in KEYS if beside(path, key).exists()]

    def __getitem__(self, key: str) -> NDArray[Any]:
        return load_array(beside(self.path, key))

    def __enter__(self) -> _Beside:
        return self

    def __exit__(self, *_: object) -> None:
        """There is nothing to close."""


def _opened(path: Path) -> Any:
    return _Beside(path) if path.suffix.lower() == '.npy' else open_arrays(path)


def _array(archive: Any, key: str, listing: Listing) -> dict[str, NDArray[Any]]:
    if key not in KEYS:
        return {}
    try:
        array: NDArray[Any] = archive[key]
    except ObjectsError:
        listing.findings.add('wrong-dtype', key, detail='Python objects, not text or numbers')
        return {}
    except (OSError, ValueError) as error:
        listing.findings.add('unreadable', key, detail=str(error))
        return {}
    return {key: array}


def _shapes(arrays: dict[str, NDArray[Any]], listing: Listing) -> None:
    images = arrays.get('x')
    if images is not None and not is_features(images.dtype, images.shape):
        _image_shapes(images, listing)
    for key in ('y', 'domain', 'split'):
        array = arrays.get(key)
        if array is None or images is None:
            continue
        if array.shape != images.shape[:1]:
            detail = f'expected {images.shape[:1]}, got {array.shape}'
            listing.findings.add('wrong-shape', key, detail=detail)
        if array.dtype.kind not in 'iuUS' and not (key == 'y' and whole_labels(array) is not None):
            listing.findings.add(
                'wrong-dtype', key, detail=f'expected text or whole numbers, got {array.dtype}'
            )


def _image_shapes(images: NDArray[Any], listing: Listing) -> None:
    if images.dtype != np.uint8:
        also = ', or float32 for features and series' if images.ndim < 4 else ''
        listing.findings.add('wrong-dtype', 'x', detail=f'expected uint8{also}, got {images.dtype}')
    if not _is_images(images.shape):
        shapes = '(N, H, W), (N, H, W, C) or (N, C, H, W)'
        listing.findings.add(
            'wrong-shape', 'x', detail=f'expected {shapes}, or float {SHAPES}, got {images.shape}'
        )


def _is_images(shape: tuple[int, ...]) -> bool:
    return len(shape) == 3 or (len(shape) == 4 and (shape[3] in CHANNELS or shape[1] in CHANNELS))


def _labels(arrays: dict[str, NDArray[Any]], count: int, listing: Listing) -> list[str | None]:
    """Names of the classes, '' where there is no label, ``None`` where it was reported."""
    labels = arrays.get('y')
    if labels is None or labels.ndim != 1:
        return [None] * count
    if (whole := whole_labels(labels)) is not None:
        labels = whole
    classes = _texts(arrays.get('classes'), len(arrays.get('classes', ())))
    texts = _texts(labels, min(count, len(labels)))
    found = [_label(text, row, classes, listing) for row, text in enumerate(texts)]
    return [*found, *[None] * (count - len(found))]


def _label(text: str, row: int, classes: list[str], listing: Listing) -> str | None:
    if not (text := label_of(text)):
        return ''
    negative = text.startswith('-') and text[1:].isdecimal()
    if negative or (classes and text.isdecimal() and int(text) >= len(classes)):
        until = f' to {len(classes) - 1}' if classes else ' or more'
        listing.findings.add('label-range', f'y[{row}]', detail=f'{text}, expected 0{until}')
        return None
    return classes[int(text)] if classes and text.isdecimal() else text


def _texts(array: NDArray[Any] | None, count: int) -> list[str]:
    """As text, of the length that is asked for."""
    flat = [] if array is None or array.ndim != 1 else array.tolist()
    found = [
        value.decode(errors='replace') if isinstance(value, bytes) else str(value) for value in flat[:count]
    ]
    return found + [''] * (count - len(found))
