"""How large a file of others may be: the bytes that it unpacks to, and the pixels of an image.

``DANN_MAX_UNPACKED`` and ``DANN_MAX_PIXELS`` set other limits.
"""

from __future__ import annotations

import os

from dann.core.errors import UserError

UNPACKED, PIXELS = 'DANN_MAX_UNPACKED', 'DANN_MAX_PIXELS'
TIMES = 200  # times the packed bytes, within the next two
LEAST, MOST = 256 << 20, 64 << 30
MOST_PIXELS = 178_956_970  # where Pillow gives up by itself


class TooLargeError(ValueError):
    """A file holds more than is read of one; the message follows the file's name and ends with the next step."""


def most_unpacked(packed: int) -> int:
    """Return how many bytes a file may unpack to: ``DANN_MAX_UNPACKED``, or 200 times its own within bounds.

    One of any size may unpack to twice its own.

    Args:
        packed: Bytes of the file as it lies on disk.

    Raises:
        UserError: The variable holds no number above 0.
    """
    return _set(UNPACKED) or max(min(max(TIMES * packed, LEAST), MOST), 2 * packed)


def most_pixels() -> int:
    """Return how many pixels an image may have: ``DANN_MAX_PIXELS``, or 178,956,970.

    Raises:
        UserError: The variable holds no number above 0.
    """
    return _set(PIXELS) or MOST_PIXELS


def check_unpacked(size: int, most: int, *, least: bool = False) -> None:
    """Raise ``TooLargeError`` where a file unpacks to more bytes than it may.

    Args:
        size: The bytes that it unpacks to.
        most: What ``most_unpacked`` returned.
        least: No more of it was unpacked, so that there may be more bytes.
    """
    if size > most:
        raise TooLargeError(
            f'unpacks to {"at least " if least else ""}{size:,} bytes, and {most:,} are unpacked at most; set '
            f'{UNPACKED} to more bytes if it should be as large'
        )


def check_pixels(pixels: int, *, least: bool = False) -> None:
    """Raise ``TooLargeError`` where an image has more pixels than are decoded.

    Args:
        pixels: Width times height, as the file's header says.
        least: It may have more.
    """
    if pixels > (most := most_pixels()):
        raise TooLargeError(
            f'has {"at least " if least else ""}{pixels:,} pixels, and {most:,} are decoded at most; scale it down, or '
            f'set {PIXELS} to more'
        )


def _set(name: str) -> int:
    """Return the number in a variable of the environment; 0 where it is not set."""
    text = os.environ.get(name, '')
    if not text:
        return 0
    if not (text.isascii() and text.isdecimal() and len(text) < 19 and int(text)):
        raise UserError(
            f'expected {name} to be a whole number above 0, got {text[:40]!r}; correct or unset it'
        )
    return int(text)
