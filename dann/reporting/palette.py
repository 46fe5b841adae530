"""The colours of classes, domains and families, and the look all figures share."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal

from dann.core.colours import BLUE, BROWN, GREEN, ORANGE, PINK, SKY, SLATE, VERMILION, YELLOW
from dann.core.families import family_colours as family_colours
from dann.core.shown import shown
from dann.reporting.dark import GRID, INK, SOFT, WHITE, dark

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.transforms import BboxBase

Format = Literal['png', 'svg', 'pdf']
Drawn = dict[Format, bytes]
FORMATS: tuple[Format, ...] = ('png', 'svg', 'pdf')
DPI = 150
CLASS_COLOURS = (BLUE, ORANGE, GREEN, VERMILION, SKY, PINK, BROWN, SLATE, '#7b6cc4', YELLOW)
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
    'axes.titlecolor': INK,
    'axes.labelcolor': INK,
    'text.color': INK,
    'xtick.color': SOFT,
    'ytick.color': SOFT,
    'ytick.labelcolor': INK,
    'grid.color': GRID,
    'legend.frameon': False,
    'figure.facecolor': WHITE,
    'axes.facecolor': 'none',
    'svg.hashsalt': 'dann',
    'text.parse_math': False,  # a name may have dollars in it
    'svg.fonttype': 'none',  # a viewer's own letters: sharp, small and to be searched
    'pdf.fonttype': 42,  # outlines that journals accept
    'figure.autolayout': False,
    'figure.constrained_layout.use': False,
}


DARK_LOOK: Any = LOOK | {
    'axes.titlecolor': dark(INK),
    'axes.labelcolor': dark(INK),
    'text.color': dark(INK),
    'xtick.color': dark(SOFT),
    'ytick.color': dark(SOFT),
    'ytick.labelcolor': dark(INK),
    'figure.facecolor': dark(WHITE),
}


def look(*, for_dark: bool = False) -> AbstractContextManager[None]:
    """Return the context in which figures are drawn, for white paper or for a dark page."""
    import matplotlib

    return matplotlib.rc_context(DARK_LOOK if for_dark else LOOK)


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of that many inches, drawn without a display."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout='constrained')


def drawable(name: str) -> str:
    """Return a name that the user chose as figures show it: on one line, in a legend too where it begins with _."""
    return re.sub('^_', '\N{ZERO WIDTH SPACE}_', shown(name))  # Matplotlib hides what begins with it


def encode(figure: Figure, format: Format = 'png', source: str | None = None) -> bytes:
    """Return ``figure`` as a file's bytes; equal figures give equal bytes. A PNG can name its ``source``."""
    return encoded(figure, (format,), source)[format]


def encoded(figure: Figure, formats: Sequence[Format] = FORMATS, source: str | None = None) -> Drawn:
    """Return ``figure`` as the bytes of a file of each format: laid out once, however many there are.

    Args:
        figure: A figure of ``new_figure``.
        formats: ``png``, ``svg`` or ``pdf``.
        source: What a PNG names as its source.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', 'Glyph')  # of a class named in a script that the font lacks
        frame = _laid_out(figure)
        return {suffix: _saved(figure, suffix, frame, source) for suffix in formats}


def _saved(figure: Figure, suffix: Format, frame: BboxBase, source: str | None) -> bytes:
    buffer = io.BytesIO()
    timeless: dict[str, dict[str, str | None]] = {
        'png': {'Software': None, 'Source': source},
        'svg': {'Date': None},
        'pdf': {'CreationDate': None, 'Producer': None, 'Creator': None},
    }
    figure.savefig(buffer, format=suffix, dpi=DPI, metadata=timeless[suffix], bbox_inches=frame)
    return buffer.getvalue()


def _laid_out(figure: Figure) -> BboxBase:
    """Lay a figure out for good and return the part of it that is drawn on, in inches.

    ``savefig(bbox_inches='tight')`` would find the same place for everything, but walks through the figure once more
    for it, and again for each format.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    figure.set_dpi(DPI)
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    figure.set_layout_engine(None)
    return figure.get_tightbbox().padded(0.08)
