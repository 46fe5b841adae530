"""Image files, opened: their pixels are counted before any is decoded."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import IO

from PIL import Image

from dann.core.limits import check_pixels, most_pixels
from dann.core.regular import regular

# whose pages are programs, which other software of the machine would run to draw them
PROGRAMS = ('EPS', 'WMF')
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


@contextmanager
def opened_image(source: Path | IO[bytes]) -> Iterator[Image.Image]:
    """Open an image; of several frames it is the first.

    Args:
        source: The file, by its path or opened.

    Raises:
        TooLargeError: It has more pixels than are decoded.
        OSError: It cannot be read, or is no image.
    """
    with ExitStack() as stack:
        image = stack.enter_context(_opened(regular(source) if isinstance(source, Path) else source))
        check_pixels(image.width * image.height)
        yield image


def _opened(source: Path | IO[bytes]) -> Image.Image:
    formats, most = _formats(), most_pixels()
    if Image.MAX_IMAGE_PIXELS is not None and most > Image.MAX_IMAGE_PIXELS:
        Image.MAX_IMAGE_PIXELS = most  # twice as many are an error of Pillow's, which would come before ours
    try:
        return Image.open(source, formats=formats)
    except BOMBS as error:
        known = (2 if isinstance(error, BOMBS[0]) else 1) * (Image.MAX_IMAGE_PIXELS or 0)
        check_pixels(known + 1, least=True)
        raise


@cache
def _formats() -> list[str]:
    """Return the formats that are read; once, as each new filter of warnings forgets which were given."""
    warnings.filterwarnings('ignore', category=BOMBS[1])  # an error of ours says it, of the file
    Image.init()
    return [name for name in Image.ID if name not in PROGRAMS]
