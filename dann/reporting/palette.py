"""The colours of classes, domains and families, and the look all figures share."""

from __future__ import annotations

import io
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal

from dann.core.colours import BLACK, BLUE, BROWN, GREEN, ORANGE, PINK, SKY, VERMILION, YELLOW
from dann.core.families import family_colours as family_colours

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CLASS_COLOURS = (BLUE, ORANGE, GREEN, VERMILION, SKY, PINK, BROWN, BLACK, '#5e4fa2', YELLOW)
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
