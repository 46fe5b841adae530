"""Images that are almost the same: encoded anew or brought to another size, in two splits or two domains."""

from __future__ import annotations

from collections.abc import Iterator
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
MOST = 30_000  # images: every one is compared with every other


def difference_hash(image: Image.Image) -> bytes:
    """Return whether grey rises to the right and downwards between 16 x 16 places, 512 bits; empty for plain images.

    An image that is small or mostly flat, as a digit on a plain ground, has none: others of its class look the same.
    On 800 images of the built-in day and night, 48 pixels wide, different images differ in at least 126 bits, and
    copies (JPEG of quality 75 and 90, half and 1.5 times the size) in at most 106, 19 in 20 of them in at most 95, and
    of those that are not halved in at most 78. So at most 90 bits are taken for a copy, and no different images are.

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

    Of more than 30,000 images, the first are compared.

    Args:
        read: The images, with what reading them told.
        findings: Takes what is found.
    """
    known = [(entry, facts) for entry, facts in read if facts.look and not facts.fault][:MOST]
    for one, other, distance in near_pairs([facts.look for _, facts in known]):
        (first, left), (second, right) = known[one], known[other]
        if left.pixels == right.pixels:
            continue
        detail = f'{distance} of {2 * SIDE * SIDE} bits differ'
        if first.domain != second.domain:
            findings.add('near-copy-between-domains', first.name, second.name, detail=detail)
        elif first.split != second.split:
            findings.add('near-copy-between-splits', first.name, second.name, detail=detail)


def near_pairs(looks: list[bytes]) -> Iterator[tuple[int, int, int]]:
    """Yield positions of two hashes that differ in at most 90 bits, and in how many."""
    if len(looks) < 2:
        return
    bits = np.unpackbits(np.frombuffer(b''.join(looks), np.uint8).reshape(len(looks), -1), axis=1)
    signs = 2 * bits.astype(np.float32) - 1
    for first in range(0, len(signs), 1024):
        distances = (signs.shape[1] - signs[first : first + 1024] @ signs[first:].T) / 2
        for row, column in np.argwhere(distances <= NEAR).tolist():
            if column > row:
                yield first + row, first + column, int(distances[row, column])
