"""Each image read once: hashes, size, channels, and whether it can be read at all."""

from __future__ import annotations

import hashlib
import os
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from dann.datasets.checks.listing import Entry, Listing

SIGNATURES = (b'\xff\xd8\xff', b'\x89PNG', b'GIF8', b'BM', b'II*\x00', b'MM\x00*', b'RIFF')
FORMATS = {
    '.jpg': ('JPEG', 'MPO'),
    '.jpeg': ('JPEG', 'MPO'),
    '.tif': ('TIFF',),
    '.pgm': ('PPM',),
    '.pbm': ('PPM',),
} | {f'.{name.lower()}': (name,) for name in ('PNG', 'BMP', 'GIF', 'TIFF', 'WEBP', 'PPM')}


@dataclass(frozen=True, slots=True)
class Facts:
    """What reading an image tells.

    Args:
        fault: Code of the fault for which it cannot be used; empty where it can.
        detail: Of that fault.
        content: Hash of the file.
        pixels: Hash of the decoded pixels.
        width: In pixels.
        height: In pixels.
        channels: ``grey`` or ``colour``, with ``+alpha`` where there is a fourth channel.
        blank: All pixels are equal.
        format: Of the file, as Pillow names it, where its suffix says another.
    """

    fault: str = ''
    detail: str = ''
    content: str = ''
    pixels: str = ''
    width: int = 0
    height: int = 0
    channels: str = ''
    blank: bool = False
    format: str = ''


def read_all(listing: Listing, workers: int | None = None) -> list[Facts]:
    """Read every entry in threads, with a progress bar on a terminal; nothing stops at a bad image.

    Args:
        listing: What to read.
        workers: Threads; a few more than cores by default, since decoding waits for the disk.
    """
    workers = workers or min(32, (os.cpu_count() or 1) + 4)
    with warnings.catch_warnings(), ThreadPoolExecutor(workers) as pool:
        warnings.simplefilter('ignore')  # Pillow's, on metadata that nobody reads here
        found = pool.map(lambda entry: read(listing, entry), listing.entries)
        return list(_shown(found, len(listing.entries)))


def _shown(found: Iterator[Facts], total: int) -> Iterator[Facts]:
    console = Console(file=sys.stderr)
    columns = (TextColumn('reading images'), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield from progress.track(found, total=total)


def read(listing: Listing, entry: Entry) -> Facts:
    """Read one entry."""
    if entry.path is not None:
        return _file(entry)
    assert listing.images is not None
    return _row(listing.images[entry.row])


def picture(listing: Listing, entry: Entry) -> Image.Image:
    """Return one entry as an image to look at."""
    if entry.path is not None:
        with Image.open(entry.path) as image:
            return _rgb(image)
    assert listing.images is not None
    row = np.nan_to_num(listing.images[entry.row].astype(np.float64))
    if row.max() <= 1 and listing.images.dtype.kind == 'f':
        row = row * 255
    pixels = row.clip(0, 255).astype(np.uint8)
    return Image.fromarray(pixels.squeeze() if pixels.shape[-1] == 1 else pixels).convert('RGB')


def _file(entry: Entry) -> Facts:
    assert entry.path is not None
    try:
        with entry.path.open('rb') as file:
            content = hashlib.file_digest(file, 'sha256').hexdigest()
            if file.tell() == 0:
                return Facts('zero-byte', content=content)
            file.seek(0)
            start = file.read(8)
            file.seek(0)
            with Image.open(file) as image:
                return _image(image, content, entry.path.suffix.lower())
    except UnidentifiedImageError:
        code = 'unreadable' if start.startswith(SIGNATURES) else 'not-an-image'
        return Facts(code, f'begins with {start!r}', content=content)
    # Pillow's decoders raise whatever a corrupt file makes them stumble over
    except Exception as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return Facts('unreadable', why or type(error).__name__)


def _image(image: Image.Image, content: str, suffix: str) -> Facts:
    image.load()
    bands, palette = image.getbands(), image.mode in ('P', 'PA')
    colour = _rgb(image)
    extremes = colour.getextrema()
    shape = f'{image.width}x{image.height}:'.encode()
    kind = 'colour' if palette or len(bands) >= 3 else 'grey'
    wrong = image.format not in FORMATS.get(suffix, (image.format,))
    return Facts(
        content=content,
        pixels=hashlib.sha256(shape + colour.tobytes()).hexdigest(),
        width=image.width,
        height=image.height,
        channels=kind + ('+alpha' if 'A' in bands else ''),
        blank=all(isinstance(pair, tuple) and pair[0] == pair[1] for pair in extremes),
        format=str(image.format) if wrong else '',
    )


def _rgb(image: Image.Image) -> Image.Image:
    """As it is seen: 16 bits brought to 8, what is transparent on white."""
    if image.mode == 'F':
        raise ValueError('floating-point pixels, of which nobody knows the range')
    if image.mode.startswith('I'):
        return Image.fromarray(
            (np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)
        ).convert('RGB')
    if not image.has_transparency_data:
        return image.convert('RGB')
    layers = image.convert('RGBA')
    return Image.alpha_composite(Image.new('RGBA', layers.size, 'white'), layers).convert('RGB')


def _row(row: NDArray[Any]) -> Facts:
    if row.dtype.kind in 'fc' and not np.isfinite(row).all():
        return Facts('nan', f'{int((~np.isfinite(row)).sum())} values')
    digest = hashlib.sha256(np.ascontiguousarray(row).tobytes()).hexdigest()
    count = row.shape[2] if row.ndim == 3 else 1
    flat = row.reshape(-1, count)
    return Facts(
        content=digest,
        pixels=digest,
        width=row.shape[1],
        height=row.shape[0],
        channels=('grey' if count < 3 else 'colour') + ('+alpha' if count in (2, 4) else ''),
        blank=bool(row.size) and bool((flat == flat[:1]).all()),
    )
