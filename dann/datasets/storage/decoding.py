"""Image files to pixels, one or many."""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from dann.core.errors import UserError
from dann.core.regular import identity
from dann.core.shown import shown
from dann.datasets.storage.image_files import opened_image

T = TypeVar('T')
Fit = Literal['crop', 'squash']
Box = tuple[int, int, int, int]  # left, top, right and bottom in pixels; the last two lie outside
SUFFIXES = (
    '.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.apng', '.bmp', '.dib', '.gif', '.tif', '.tiff', '.webp', '.avif',
    '.ppm', '.pgm', '.pbm', '.pnm', '.tga', '.jp2', '.j2k',
)  # fmt: skip
# of file servers, archives and systems: previews, waste paper, what was found after a crash
NO_DATA = (
    '@eadir', '@recycle', '@recently-snapshot', '@tmp', '#recycle', '#snapshot', '__macosx', 'lost+found',
    '$recycle.bin', 'system volume information',
)  # fmt: skip
SIGNATURES = (b'\xff\xd8\xff', b'\x89PNG', b'GIF8', b'BM', b'II*\x00', b'MM\x00*', b'RIFF')
FAINT = 16  # the brightest of 256 levels that 12 bits in 16 reach
NEARLY_BLACK = (
    'an image of 16 bits a channel has no value above 4,095 of 65,535, as 12 bits kept in 16 have, and is read as '
    'nearly black; bring such images to 8 bits, `dann data check` lists them'
)
NAMED = 5  # so many bad files are named before an import gives up


class UnreadableImageError(UserError):
    """An image file that cannot be decoded.

    Args:
        message: What is wrong; of several lines, the last: a data loader's worker hands on a whole traceback.
    """

    def __init__(self, message: str) -> None:
        line = message.strip().splitlines()[-1]
        super().__init__(line.removeprefix(f'{__name__}.UnreadableImageError: '))


def image_files(folder: Path) -> list[Path]:
    """Return the images below a folder by name: files with a known suffix in any case, none of them hidden.

    Folders of file servers and archives, such as ``@eaDir`` and ``__MACOSX``, are passed over. Links are followed, to
    each folder once.

    Raises:
        UserError: A folder cannot be read.
    """
    found, left, seen = list[Path](), [folder], set[tuple[int, int]]()
    while left:
        here = left.pop()
        try:
            place, inside = identity(here), _inside(here)
        except OSError as error:
            raise UserError(f'cannot read {here} ({error.strerror}); correct its permissions') from error
        if place in seen:
            continue
        seen.add(place)
        folders = {entry.name for entry in inside if entry.is_dir()}
        left += [here / name for name in sorted(folders, reverse=True) if not is_no_data(name)]
        found += [
            here / entry.name for entry in inside if entry.name not in folders and is_image_name(entry.name)
        ]
    return sorted(found, key=lambda path: path.relative_to(folder).parts)


def _inside(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return list(entries)


def is_no_data(name: str) -> bool:
    """Whether a folder of this name holds no data: it is hidden, or one that a file server or archive leaves."""
    return name.startswith('.') or name.lower() in NO_DATA


def is_image_name(name: str) -> bool:
    """Whether a file of this name is taken for an image."""
    return name.lower().endswith(SUFFIXES) and not name.startswith('.')


def decoded(path: Path, size: int, box: Box | None = None, fit: Fit = 'squash') -> NDArray[np.uint8]:
    """Return one image, shape ``(3, size, size)``, upright as its EXIF says and resized bilinearly.

    Grey is repeated, 16 bits a channel become 8, palettes are looked up, and what is transparent lies on white. An
    image of 16 bits that holds fewer, as 12 bits in 16, is read as it is, nearly black, and a warning says so.
    ``crop`` keeps the proportions: the shorter side becomes ``size`` and the middle of the longer one is kept.
    ``squash`` keeps all of the image, and of one that is not square not the proportions.

    Args:
        path: The file.
        size: Height and width.
        box: The part of the upright image that is wanted; of one that reaches over the border, what is inside.
        fit: ``crop`` or ``squash``.

    Raises:
        UnreadableImageError: The file is no image that can be read, or the box lies outside it.
    """
    try:
        with opened_image(path) as image:
            deep = has_16_bits(image)
            if box is None:  # JPEG: decodes a large photograph at a fraction of its size
                image.draft(None, (2 * size, 2 * size))
            pixels = fitted(image, size, box, fit)
    except Exception as error:  # decoders raise whatever they like on a damaged file
        raise _unreadable(path, error) from error
    if deep and pixels.max() <= FAINT:
        warnings.warn(NEARLY_BLACK, stacklevel=2)
    return pixels


def has_16_bits(image: Image.Image) -> bool:
    """Whether an image that is opened and not yet loaded has more than 8 bits a channel."""
    return image.mode.startswith('I') or ';16' in str(getattr(image, 'tile', ''))


def fitted(image: Image.Image, size: int, box: Box | None = None, fit: Fit = 'squash') -> NDArray[np.uint8]:
    """Return an opened image as ``decoded`` does."""
    upright = ImageOps.exif_transpose(image)
    if box is not None:
        upright = _cropped(upright, box)
    part = _square(upright) if fit == 'crop' else None
    scaled = rgb(upright).resize((size, size), Image.Resampling.BILINEAR, part)
    return np.moveaxis(np.asarray(scaled), 2, 0)


def check_header(path: Path) -> None:
    """Raise ``UnreadableImageError`` unless a file begins as an image does; pixels are not decoded."""
    try:
        with opened_image(path):
            pass
    except Exception as error:
        raise _unreadable(path, error) from error


def _cropped(image: Image.Image, box: Box) -> Image.Image:
    left, top, right, bottom = box
    inside = max(left, 0), max(top, 0), min(right, image.width), min(bottom, image.height)
    if inside[0] >= inside[2] or inside[1] >= inside[3]:
        raise ValueError(f'the box {box} lies outside its {image.width} x {image.height} pixels')
    return image.crop(inside)


def _square(image: Image.Image) -> tuple[float, float, float, float]:
    """Return the largest square in the middle, which need not begin at a whole pixel."""
    side = min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    return left, top, left + side, top + side


def rgb(image: Image.Image) -> Image.Image:
    """Return an image with 8 bits of red, green and blue, what is transparent on white.

    Raises:
        ValueError: Its pixels are floating-point numbers, or whole numbers beyond those of 16 bits.
    """
    if image.mode.startswith('I'):
        levels = np.asarray(image).astype(np.float64)
        if levels.min() < 0 or levels.max() > 65535:
            raise ValueError(
                f'pixels from {levels.min():.0f} to {levels.max():.0f} have no known range; save it with 8 bits a '
                'channel'
            )
        image = Image.fromarray((levels / 257).round().astype(np.uint8))
    if image.mode == 'F':
        raise ValueError('floating-point pixels have no known range; save it with 8 bits a channel')
    if image.has_transparency_data:
        layers = image.convert('RGBA')
        return Image.alpha_composite(Image.new('RGBA', layers.size, 'white'), layers).convert('RGB')
    return image.convert('RGB')


def _unreadable(path: Path, error: Exception) -> UnreadableImageError:
    return UnreadableImageError(
        f'cannot read image {shown(str(path))} ({_reason(path, error)}); mend or remove it'
    )


def _reason(path: Path, error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return _unidentified(path)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return ' '.join(str(error).split()) or type(error).__name__


def _unidentified(path: Path) -> str:
    """Return why Pillow takes a file for no image."""
    with path.open('rb') as file:
        start = file.read(8)
    if start.startswith(SIGNATURES):
        return 'a kind that Pillow does not read, as floating-point colours, or damaged; save it with 8 bits a channel'
    return 'no image' if start else 'an empty file'


def over_files(function: Callable[[int, Path], T], paths: Sequence[Path], title: str, advice: str) -> list[T]:
    """Return what ``function`` makes of each file, on threads, with a line of progress if it takes long.

    Args:
        function: Takes a position and its file; may raise ``UnreadableImageError``.
        paths: The files.
        title: What the line of progress calls the work.
        advice: The next step, for the error.

    Raises:
        UserError: Some files cannot be read; names up to five of them.
    """
    bad: list[str] = []

    def attempt(index: int, path: Path) -> T | None:
        try:
            return function(index, path)
        except UnreadableImageError as error:
            bad.append(str(error).removeprefix('cannot read image ').removesuffix('; mend or remove it'))
            return None

    results: list[T] = []
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        for first in _counted(range(0, len(paths), 256), len(paths), title):
            part = range(first, min(first + 256, len(paths)))
            results += pool.map(attempt, part, paths[first : first + 256])  # type: ignore[arg-type]
            if len(bad) >= NAMED:
                break
    if bad:
        some = ', '.join(sorted(bad)[:NAMED]) + (' and more' if len(bad) > NAMED else '')
        raise UserError(f'cannot read {some}; mend or remove what is named, {advice}')
    return results


def _counted(firsts: Iterable[int], total: int, title: str) -> Iterable[int]:
    """Pass on first positions, and say on the error stream how far it is, once it has taken 3 seconds."""
    began = time.monotonic()
    said = False
    for first in firsts:
        yield first
        if time.monotonic() - began > 3:
            said = True
            print(
                f'\r{shown(title)}: {min(first + 256, total)} of {total}', end='', file=sys.stderr, flush=True
            )
    if said:
        print(file=sys.stderr)
