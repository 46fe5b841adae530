"""Reads the published labels of BDD100K: images with their time of day, and boxes around objects."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from dann.core.errors import UserError
from dann.datasets.storage.decoding import Box

OLDER = {'person': 'pedestrian', 'bike': 'bicycle', 'motor': 'motorcycle'}  # names before the labels of 2020
LEAST = 32.0  # pixels, of the shorter side of a box
MOST = 2  # boxes of one class in one image


@dataclass(frozen=True, slots=True)
class Crop:
    """One object.

    Args:
        category: Its class, by the name of 2020.
        box: Where it is, in whole pixels around it.
    """

    category: str
    box: Box


@dataclass(frozen=True, slots=True)
class Frame:
    """One image and the objects in it that are fit to be classified.

    Args:
        name: Of its file.
        timeofday: ``daytime``, ``night``, ``dawn/dusk`` or ``undefined``.
        crops: In the order of their classes' names, the larger first.
    """

    name: str
    timeofday: str
    crops: tuple[Crop, ...]


def frames(path: Path) -> tuple[Frame, ...]:
    """Return the images of a label file, read once in a process for all domains.

    Raises:
        UserError: It is none.
    """
    facts = path.stat()
    return _frames(path, facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=4)
def _frames(path: Path, _size: int, _changed: int) -> tuple[Frame, ...]:
    try:
        return tuple(map(_frame, _entries(path.read_text(encoding='utf-8'))))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        why = f'no {error}' if isinstance(error, KeyError) else ' '.join(str(error).split())
        raise UserError(
            f'expected labels of BDD100K in {path}, got something else ({why}); unpack it anew'
        ) from error


def _entries(text: str) -> Iterator[dict[str, Any]]:
    """Decode a list entry by entry: all of the 1.3 GB at once would take many times their size in memory."""
    decoder = json.JSONDecoder()
    place = _after(text, 0)
    if text[place : place + 1] != '[':
        raise ValueError('it is no list')
    place = _after(text, place + 1)
    while text[place : place + 1] != ']':
        entry, place = decoder.raw_decode(text, place)
        yield entry
        place = _after(text, place)
        if text[place : place + 1] == ',':
            place = _after(text, place + 1)


def _after(text: str, place: int) -> int:
    """Return the position of what follows blanks."""
    while text[place : place + 1].isspace():
        place += 1
    return place


def _frame(entry: dict[str, Any]) -> Frame:
    attributes = entry.get('attributes') or {}
    return Frame(entry['name'], attributes.get('timeofday', 'undefined'), _crops(entry.get('labels') or []))


def _crops(labels: list[dict[str, Any]]) -> tuple[Crop, ...]:
    """Return the largest of each category that are whole, unhidden and not too small."""
    found: dict[str, set[Box]] = {}
    for label in labels:
        corners, attributes = label.get('box2d'), label.get('attributes') or {}
        if not corners or any(attributes.get(flag) for flag in ('occluded', 'truncated', 'crowd')):
            continue
        x1, y1, x2, y2 = (float(corners[name]) for name in ('x1', 'y1', 'x2', 'y2'))
        if min(x2 - x1, y2 - y1) >= LEAST:
            box = max(math.floor(x1), 0), max(math.floor(y1), 0), math.ceil(x2), math.ceil(y2)
            found.setdefault(OLDER.get(label['category'], label['category']), set()).add(box)
    return tuple(
        Crop(name, box) for name in sorted(found) for box in sorted(found[name], key=_by_area)[:MOST]
    )


def _by_area(box: Box) -> tuple[int, Box]:
    return -(box[2] - box[0]) * (box[3] - box[1]), box


def drawn_for_validation(name: str, share: float, seed: int) -> bool:
    """Whether a training image goes to validation, decided by the part of its name before the first ``-``.

    The name alone decides, so that other images, present or missing, change nothing; images whose names begin
    alike stay together, as they do in the published splits.
    """
    digest = sha256(f'{seed}:{name.partition("-")[0]}'.encode()).digest()
    return int.from_bytes(digest[:8], 'big') < share * 2**64


def listed_names(path: Path) -> set[str]:
    """Return the images that a list names, one a line; what follows ``#`` is a comment.

    Raises:
        UserError: It cannot be read, or a line holds more than a name.
    """
    names = set()
    try:
        lines = path.read_text(encoding='utf-8').splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f'cannot read {path} ({error}); save it as text in UTF-8') from error
    for number, line in enumerate(lines, 1):
        words = line.partition('#')[0].split()
        if len(words) > 1:
            msg = f'expected the name of one image in line {number} of {path}, got {line[:80]!r}; correct it'
            raise UserError(msg)
        names |= {Path(word).stem + '.jpg' for word in words}
    return names
