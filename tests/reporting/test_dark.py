"""Colours of a dark page can be told from its ground."""

import base64

import pytest

from dann.core.families import FAMILIES
from dann.reporting.dark import DARK, INK, SOFT, WHITE, dark, darkened, slim, svg_uri


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(colour: str, ground: str) -> float:
    low, high = sorted(map(luminance, (colour, ground)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize('family', [each.label for each in FAMILIES.values() if each.colour])
def test_every_family_stands_out_on_a_dark_page(family: str) -> None:
    colour = next(each.colour for each in FAMILIES.values() if each.label == family)
    assert contrast(dark(str(colour)), DARK[WHITE]) > 4.5


def test_letters_are_readable_on_either_page() -> None:
    for colour in (INK, SOFT):
        assert contrast(colour, WHITE) > 4.5
        assert contrast(dark(colour), dark(WHITE)) > 4.5


def test_a_drawing_changes_its_colours_and_nothing_else() -> None:
    svg = '<svg><use href="#m1c2024aa" style="fill: #1C2024; stroke: #ffffff"/><a b="#abcdef"/></svg>'
    expected = '<svg><use href="#m1c2024aa" style="fill: #e6e8eb; stroke: #1b2025"/><a b="#abcdef"/></svg>'
    assert darkened(svg) == expected


def test_a_name_that_is_a_colour_stays() -> None:
    assert darkened('<svg><text a="#ffffff">a #ffffff</text></svg>') == (
        '<svg><text a="#1b2025">a #ffffff</text></svg>'
    )


def test_a_page_needs_no_declarations() -> None:
    head = '<?xml?>\n<!DOCTYPE svg>\n'
    body = '<svg>\n <metadata>\n  x\n </metadata>\n <!-- y -->\n'
    svg = head + body + ' <t style="font: \'DejaVu Sans\', serif"/>\n</svg>'
    assert slim(svg) == '<svg>\n<t style="font: system-ui, sans-serif"/>\n</svg>'


def test_an_address_holds_the_drawing() -> None:
    kind, _, held = svg_uri('<svg>é</svg>').partition(',')
    assert kind == 'data:image/svg+xml;base64'
    assert base64.b64decode(held).decode() == '<svg>é</svg>'
