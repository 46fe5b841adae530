"""Each image read once: whether it can be read at all, and hashes that tell copies."""

from __future__ import annotations

import hashlib
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from dann.core.regular import regular
from dann.datasets.checks.listing import Entry, Listing
from dann.datasets.checks.near import difference_hash
from dann.datasets.storage.decoding import FAINT, SIGNATURES, has_16_bits, rgb
from dann.datasets.storage.image_files import opened_image


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What is known of an image after it was read.

    Args:
        fault: Code of the fault for which it cannot be used; empty where it can.
        detail: Of that fault.
        content: Hash of the file.
        pixels: Hash of the decoded pixels.
        blank: All pixels are equal.
        faint: It has 16 bits a channel and uses 12 or fewer, so that it is read as nearly black.
        look: Its difference hash; empty where it has none.
    """

    fault: str = ''
    detail: str = ''
    content: str = ''
    pixels: str = ''
    blank: bool = False
    faint: bool = False
    look: bytes = b''


Read = Sequence[tuple[Entry, ImageFacts]]


def read_all(listing: Listing, workers: int | None = None) -> list[ImageFacts]:
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


def _shown(found: Iterator[ImageFacts], total: int) -> Iterator[ImageFacts]:
    console = Console(file=sys.stderr)
    columns = (TextColumn('reading images'), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield from progress.track(found, total=total)


def read(listing: Listing, entry: Entry) -> ImageFacts:
    """Read one entry."""
    if entry.path is not None:
        return _file(entry)
    assert listing.images is not None
    return _row(listing.images[entry.row])


def _file(entry: Entry) -> ImageFacts:
    assert entry.path is not None
    try:
        with regular(entry.path).open('rb') as file:
            content = hashlib.file_digest(file, 'sha256').hexdigest()
            if file.tell() == 0:
                return ImageFacts('zero-byte', content=content)
            file.seek(0)
            start = file.read(8)
            file.seek(0)
            with opened_image(file) as image:
                return _image(image, content)
    except UnidentifiedImageError:
        code = 'unreadable' if start.startswith(SIGNATURES) else 'not-an-image'
        return ImageFacts(code, _why(start), content=content)
    # Pillow's decoders raise whatever a corrupt file makes them stumble over
    except Exception as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return ImageFacts('unreadable', why or type(error).__name__)


def _why(start: bytes) -> str:
    """Return what a file that Pillow does not read seems to be."""
    kind = ', a kind that Pillow does not read, or damaged' if start.startswith(SIGNATURES) else ''
    return f'begins with {start!r}{kind}'


def _image(image: Image.Image, content: str) -> ImageFacts:
    deep = has_16_bits(image)
    image.load()
    colour = rgb(image)
    extremes = cast('tuple[tuple[int, int], ...]', colour.getextrema())
    shape = f'{image.width}x{image.height}:'.encode()
    return ImageFacts(
        content=content,
        pixels=hashlib.sha256(shape + colour.tobytes()).hexdigest(),
        blank=all(low == high for low, high in extremes),
        faint=deep and max(high for _, high in extremes) <= FAINT,
        look=difference_hash(colour),
    )


def _row(row: NDArray[Any]) -> ImageFacts:
    if row.dtype.kind in 'fc' and (wrong := np.argwhere(~np.isfinite(row))).size:
        first = ', '.join(map(str, wrong[0].tolist()))
        return ImageFacts('nan', f'{len(wrong)} values, the first at [{first}]')
    digest = hashlib.sha256(np.ascontiguousarray(row).tobytes()).hexdigest()
    flat = row.reshape(-1, row.shape[2] if row.ndim == 3 else 1)
    blank = bool(row.size) and bool((flat == flat[:1]).all())
    return ImageFacts(content=digest, pixels=digest, blank=blank, look=_look(row))


def _look(row: NDArray[Any]) -> bytes:
    """Return the hash of an image in an array."""
    if row.dtype != np.uint8 or row.ndim not in (2, 3):
        return b''
    colour = np.ascontiguousarray(
        row[..., :3] if row.ndim == 3 and row.shape[2] > 1 else row.reshape(row.shape[:2])
    )
    return difference_hash(Image.fromarray(colour))
