"""Rows of images that jobs and benchmarks leave: both domains, styles, and the same scenes under other conditions."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dann.benchmarks.report.table import Table
from dann.benchmarks.results.arrays import load_arrays
from dann.benchmarks.results.opened import Results
from dann.core.shown import shown, shown_lines
from dann.reporting import palette

Array = NDArray[Any]

COLUMNS = 8


@dataclass(frozen=True, slots=True)
class Strip:
    """One row of images.

    Args:
        label: What they are; a line break parts the kind from the name.
        images: uint8, shape ``(N, C, H, W)``.
    """

    label: str
    images: Array

    @property
    def joined(self) -> Array:
        """The images side by side, shape ``(H, W)`` or ``(H, W, 3)``, with a white line between them."""
        tiles = self.images[:COLUMNS].transpose(0, 2, 3, 1)
        blank = COLUMNS - len(tiles)
        tiles = np.pad(tiles, [(0, blank), (1, 1), (1, 1), (0, 0)], constant_values=255)
        strip: Array = np.concatenate(list(tiles), axis=1)
        return strip[..., 0] if strip.shape[-1] == 1 else strip[..., :3]

    @property
    def tiles(self) -> list[bytes]:
        """Each image as a PNG, pixel by pixel."""
        return [as_png(image) for image in self.images[:COLUMNS]]


def as_png(image: Array) -> bytes:
    """Return a uint8 image of shape ``(C, H, W)`` as a PNG, pixel by pixel."""
    from PIL import Image

    buffer = io.BytesIO()
    pixels = image[0] if len(image) == 1 else image[:3].transpose(1, 2, 0)
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, 'PNG', optimize=True)
    return buffer.getvalue()


def sheet_of(strips: Sequence[Strip]) -> palette.Drawn:
    """Return rows of images with their labels as a figure."""
    with palette.look():
        figure = palette.new_figure(9.5, 0.2 + 0.95 * len(strips))
        for axes, strip in zip(figure.subplots(len(strips), 1, squeeze=False).ravel(), strips, strict=True):
            axes.imshow(strip.joined, interpolation='nearest', cmap='gray', vmin=0, vmax=255)
            axes.set_ylabel(shown_lines(strip.label), rotation=0, ha='right', va='center', labelpad=8)
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set_visible(False)
        return palette.encoded(figure)


def contact_strips(results: Results) -> list[Strip]:
    """Return rows of the same scenes under several renderings, where the target domain has such rows to show."""
    path = results.path / 'contact.npz'
    return (
        [Strip(shown(name), images) for name, images in load_arrays(path, ()).items()]
        if path.exists()
        else []
    )


def domain_strips(results: Results, table: Table) -> list[Strip]:
    """Return images of both domains, then the source in the target's style by each row that has a style."""
    strips: list[Strip] = []
    first: Array | None = None
    for row in table.rows:
        for path in results.leftovers(row.method, 'samples.npz')[:1]:
            samples = load_arrays(path, ('source', 'target'))
            if first is None:
                first = samples['source']
                strips += [
                    Strip(f'source\n{shown(table.source)}', first),
                    Strip(f'target\n{shown(table.target)}', samples['target']),
                ]
            if 'stylised' in samples:
                if not np.array_equal(samples['source'], first):
                    strips.append(Strip(f'source of\n{shown(row.method)}', samples['source']))
                strips.append(Strip(f'source by\n{shown(row.method)}', samples['stylised']))
    return strips
