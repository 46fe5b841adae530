"""Test images of the target that the best method gets wrong, a few a class, as its first seed's job saved them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dann.benchmarks.report.strips import as_png
from dann.benchmarks.report.table import Table
from dann.benchmarks.results.arrays import load_array, load_arrays
from dann.benchmarks.results.opened import Results
from dann.reporting import palette
from dann.reporting.dark import SOFT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FILE = 'mistakes.npz'
ARRAYS = ('images', 'true', 'predicted', 'confidence')
LONGEST = 16  # letters of a predicted class below an image


@dataclass(frozen=True, slots=True)
class Mistake:
    """One image.

    Args:
        image: uint8, shape ``(C, H, W)``.
        predicted: The class that the network names.
        confidence: Its probability.
    """

    image: NDArray[np.uint8]
    predicted: str
    confidence: float

    @property
    def png(self) -> bytes:
        """The image as a file, pixel by pixel."""
        return as_png(self.image)


@dataclass(frozen=True, slots=True)
class Missed:
    """The mistakes of one class.

    Args:
        name: Of the true class.
        counted: How many of its test images are wrong, and of how many; empty where no job says.
        mistakes: Some of them, the most confident first.
    """

    name: str
    counted: str
    mistakes: tuple[Mistake, ...]


def mistakes(results: Results, table: Table, classes: list[str]) -> list[Missed]:
    """Return some mistakes of the best adapted row class by class; empty where its job left none.

    Args:
        results: The opened run folder.
        table: Its table.
        classes: Names of the classes; empty where they are not known, and numbers take their place.
    """
    paths = results.leftovers(table.best.method, FILE) if table.best else []
    if not paths:
        return []
    arrays = load_arrays(paths[0], ARRAYS)
    names = dict(enumerate(classes))
    confusion = paths[0].with_name('confusion.npy')
    counts = load_array(confusion) if confusion.exists() else None
    return [
        Missed(
            names.get(label, str(label)),
            ''
            if counts is None
            else f'{counts[label].sum() - counts[label, label]} of {counts[label].sum()} wrong',
            tuple(_of_class(label, arrays, names)),
        )
        for label in np.unique(arrays['true']).tolist()
    ]


def _of_class(label: int, arrays: dict[str, NDArray[Any]], names: dict[int, str]) -> list[Mistake]:
    return [
        Mistake(
            arrays['images'][place],
            names.get(int(arrays['predicted'][place]), str(arrays['predicted'][place])),
            float(arrays['confidence'][place]),
        )
        for place in np.flatnonzero(arrays['true'] == label)
    ]


def mistake_sheet(missed: list[Missed]) -> palette.Drawn:
    """Return the images as a figure: a row a class, below each image what the network sees in it."""
    columns = max(len(each.mistakes) for each in missed)
    with palette.look():
        figure = palette.new_figure(1.8 + 1.15 * columns, 1.3 * len(missed))
        grid = figure.subplots(len(missed), columns, squeeze=False)
        for axes_row, each in zip(grid, missed, strict=True):
            for axes in axes_row:
                axes.set_axis_off()
            for axes, mistake in zip(axes_row, each.mistakes, strict=False):
                _draw(axes, mistake)
            label = f'{palette.drawable(each.name)}\n{each.counted}'
            axes_row[0].text(
                -0.15,
                0.5,
                label,
                transform=axes_row[0].transAxes,
                ha='right',
                va='center',
                fontsize=9,
                color=SOFT,
            )
        return palette.encoded(figure)


def _draw(axes: Axes, mistake: Mistake) -> None:
    pixels = mistake.image[:3].transpose(1, 2, 0)
    shown = pixels[..., 0] if len(mistake.image) == 1 else pixels
    axes.imshow(shown, interpolation='nearest', cmap='gray', vmin=0, vmax=255)
    axes.set_title(_short(mistake), fontsize=8, y=-0.24, fontweight='normal', loc='center')


def _short(mistake: Mistake) -> str:
    name = palette.drawable(mistake.predicted)
    cut = name if len(name) <= LONGEST else f'{name[: LONGEST - 1]}…'
    return f'{cut} {100 * mistake.confidence:.0f} %'
