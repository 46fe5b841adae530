"""Colours that stay apart for every kind of colour vision, and the look all figures share."""

from __future__ import annotations

import io
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito's palette, https://jfly.uni-koeln.de/color/, then hues of Tol's muted scheme
BLUE, ORANGE, GREEN, PINK = '#0072B2', '#E69F00', '#009E73', '#CC79A7'
VERMILION, SKY, YELLOW, BLACK = '#D55E00', '#56B4E9', '#F0E442', '#000000'
GREY = '#6b6b6b'
WINE, OLIVE, INDIGO, TEAL, BROWN, PURPLE = '#882255', '#999933', '#332288', '#44AA99', '#8c6d31', '#9a6fd0'

FAMILY_COLOURS = {
    'reference': GREY,
    'adversarial': BLUE,
    'mmd': ORANGE,
    'moments': PINK,
    'optimal transport': SKY,
    'output': INDIGO,
    'class-conditional': BROWN,
    'self-training': WINE,
    'ensembling': OLIVE,
    'source-free': TEAL,
    'test-time': PURPLE,
    'normalisation': '#333333',
    'style': GREEN,
    'combined': VERMILION,
}
SPARE_COLOURS = ('#7fbc41', '#c51b7d', '#35978f', '#b35806')
CLASS_COLOURS = (BLUE, ORANGE, GREEN, VERMILION, SKY, PINK, '#8c6d31', BLACK, '#5e4fa2', YELLOW)
DOMAIN_COLOURS = {'source': BLUE, 'target': VERMILION}
DOMAIN_MARKERS = {'source': 'o', 'target': '^'}
LINE_STYLES = ('-', '--', ':', '-.')

LOOK: Any = {
    'font.size': 10,
    'axes.titlesize': 11,
    'axes.titlelocation': 'left',
    'axes.titleweight': 'bold',
    'axes.spines.top': False,
    'axes.spines.right': False,
    'axes.edgecolor': '#888888',
    'grid.color': '#dddddd',
    'legend.frameon': False,
    'svg.hashsalt': 'dann',
}


def family_colours(families: Iterable[str]) -> dict[str, str]:
    """Return a colour for each family; one the project does not know gets a spare colour."""
    others = sorted(set(families) - FAMILY_COLOURS.keys())
    spare = {family: SPARE_COLOURS[i % len(SPARE_COLOURS)] for i, family in enumerate(others)}
    return FAMILY_COLOURS | spare


def look() -> AbstractContextManager[None]:
    """Return the context in which figures are drawn."""
    import matplotlib

    return matplotlib.rc_context(LOOK)


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of that many inches, drawn without a display."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout='constrained', facecolor='white')


def encode(figure: Figure, format: Literal['png', 'svg'] = 'png', source: str | None = None) -> bytes:
    """Return ``figure`` as a file's bytes; equal figures give equal bytes. A PNG can name its ``source``."""
    buffer = io.BytesIO()
    metadata = {'Date': None} if format == 'svg' else {'Software': None, 'Source': source}
    figure.savefig(buffer, format=format, dpi=150, metadata=metadata, bbox_inches='tight', pad_inches=0.08)
    return buffer.getvalue()
