"""Images that are almost the same: encoded anew or brought to another size, in two splits or two domains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dann.datasets.checks.faults import Findings

if TYPE_CHECKING:
    from dann.datasets.checks.reading import Read

SIDE = 16
LEAST = 32  # pixels: a smaller image has too little in it to be told from others
STEP, TEXTURED = 2, 0.6  # levels between neighbours, and the share of them that has to differ by as many
NEAR = 90
ROWS = 1024  # compared at a time
MOST = 30_000  # images: every one is compared with every other
ENOUGH = 10_000  # pairs, as of the frames of a film that lie in all splits


def difference_hash(image: Image.Image) -> bytes:
    """Return whether grey rises to the right and downwards between 16 x 16 places, 512 bits; empty for plain images.

    An image that is small or mostly flat, as a digit on a plain ground, has none: others of its class look the same.
    At most 90 bits apart are taken for copies: images of the built-in day and night are farther apart, and nearly all
    copies as JPEG or at half or 1.5 times the size are not.

    Args:
        image: Of any mode that has a grey version.
    """
    if min(image.size) < LEAST:
        return b''
    grey = image.convert('L')
    right = np.diff(_small(grey, SIDE + 1, SIDE), axis=1)
    down = np.diff(_small(grey, SIDE, SIDE + 1), axis=0)
    steps = np.concatenate([right.ravel(), down.ravel()])
    if (np.abs(steps) >= STEP).mean() < TEXTURED:
        return b''
    return np.packbits(steps > 0).tobytes()


def _small(grey: Image.Image, width: int, height: int) -> NDArray[np.int16]:
    return np.asarray(grey.resize((width, height), Image.Resampling.BOX), np.int16)


def check_near(read: Read, findings: Findings) -> None:
    """Report images that are almost equal in two domains, or in two splits of one; of equal ones others tell.

    Of more than 30,000 images, the first are compared, and of more than 10,000 pairs, the first are reported.

    Args:
        read: The images, with what reading them told.
        findings: Takes what is found.
    """
    known = [(entry, facts) for entry, facts in read if facts.look and not facts.fault][:MOST]
    places = [(entry.domain, entry.split) for entry, _ in known]
    pairs = near_pairs(
        [facts.look for _, facts in known], [sorted({*places}, key=str).index(each) for each in places]
    )
    for one, other, distance in islice(pairs, ENOUGH):
        (first, left), (second, right) = known[one], known[other]
        if left.pixels == right.pixels:
            continue
        between = 'domains' if first.domain != second.domain else 'splits'
        detail = f'{distance} of {2 * SIDE * SIDE} bits differ'
        findings.add(f'near-copy-between-{between}', first.name, second.name, detail=detail)


def near_pairs(looks: Sequence[bytes], places: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Yield positions of two hashes in different places that differ in at most 90 bits, and in how many.

    Args:
        looks: The hashes.
        places: Of each, a number for its domain and split.
    """
    if len(looks) < 2:
        return
    bits = np.unpackbits(np.frombuffer(b''.join(looks), np.uint8).reshape(len(looks), -1), axis=1)
    signs, where = 2 * bits.astype(np.float32) - 1, np.asarray(places)
    for first in range(0, len(signs), ROWS):
        distances = (signs.shape[1] - signs[first : first + ROWS] @ signs[first:].T) / 2
        apart = where[first : first + ROWS, None] != where[None, first:]
        for row, column in zip(*np.nonzero((distances <= NEAR) & apart), strict=True):
            if column > row:
                yield first + int(row), first + int(column), int(distances[row, column])
