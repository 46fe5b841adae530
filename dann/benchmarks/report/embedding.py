"""Figures as addresses that hold them, so that a page needs no other file."""

from __future__ import annotations

import base64
import io

from dann.benchmarks.report.illustrations import Illustration
from dann.reporting.dark import darkened, slim, svg_uri


def light_uri(figure: Illustration) -> str:
    """Return a figure for a white page: the SVG, or the PNG where the SVG would be too long."""
    drawn = figure.drawn or {}
    return png_uri(few_colours(drawn['png'])) if figure.dark else svg_uri(slim(drawn['svg'].decode()))


def dark_uri(figure: Illustration) -> str:
    """Return a figure for a dark page."""
    if figure.dark:
        return png_uri(few_colours(figure.dark))
    return svg_uri(darkened(slim((figure.drawn or {})['svg'].decode())))


def png_uri(png: bytes) -> str:
    """Return an image file as an address."""
    return f'data:image/png;base64,{base64.b64encode(png).decode()}'


def few_colours(png: bytes) -> bytes:
    """Return an image with at most 128 colours, which a plot of points does not tell from all and takes a third."""
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        image.convert('RGB').quantize(128, dither=Image.Dither.NONE).save(buffer, 'PNG', optimize=True)
    return buffer.getvalue()
