"""The same colours on a dark page: what is dark becomes light, and hues that would sink into the ground are lifted."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

from dann.core import colours
from dann.core.frozen import frozen

WHITE, INK, SOFT, RULE, GRID = '#ffffff', '#1c2024', '#5b6470', '#888888', '#dde1e6'
ON_COLOUR = '#fefefe'  # letters on a coloured ground, which are white on either page

DARK: Mapping[str, str] = frozen(
    {
        WHITE: '#1b2025',
        INK: '#e6e8eb',
        SOFT: '#a3acb8',
        RULE: '#6f7883',
        GRID: '#343b44',
        colours.GREY: '#9aa3ad',
        colours.CHARCOAL: '#c9ced6',
        colours.SLATE: '#9c9c9c',
        colours.BLUE: '#3f9fdc',
        colours.WINE: '#d0689c',
        colours.INDIGO: '#9488e6',
        colours.BROWN: '#c19a50',
        colours.VERMILION: '#f07c33',
        colours.GREEN: '#1fb58a',
        colours.MAGENTA: '#e667ac',
        colours.SEA: '#48b0a7',
        colours.RUST: '#dd8a3c',
        colours.PURPLE: '#b08de0',
    }
)
COLOUR = re.compile('#[0-9a-fA-F]{6}(?![0-9a-fA-F])')
_BY_LOWER = {light.lower(): shown for light, shown in DARK.items()}


def dark(colour: str) -> str:
    """Return what takes the place of ``colour``, as ``#rrggbb``, on a dark page; most bright hues stay as they are."""
    return _BY_LOWER.get(colour.lower(), colour)


def darkened(svg: str) -> str:
    """Return a drawing for a dark page: the same lines and letters in other colours."""
    return re.sub('<[^>]*>', lambda tag: COLOUR.sub(lambda found: dark(found[0]), tag[0]), svg)


def slim(svg: str) -> str:
    """Return a drawing without what a page has no use for: declarations, comments, metadata and its list of fonts."""
    start = svg.index('<svg')
    bare = re.sub(r'<!--.*?-->|<metadata>.*?</metadata>', '', svg[start:], flags=re.DOTALL)
    bare = re.sub(r"'DejaVu Sans'(?:, (?:'[^']*'|[\w-]+))*", 'system-ui, sans-serif', bare)
    return re.sub(r'\s*\n\s*', '\n', bare)


def svg_uri(svg: str) -> str:
    """Return a drawing as an address that holds it, so that a page needs no other file."""
    return f'data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}'
