"""Figures inside a page: light and dark, and no larger than they need be."""

import base64
import io

import numpy as np
from PIL import Image

from dann.benchmarks.report.embedding import dark_uri, few_colours, light_uri, png_uri
from dann.benchmarks.report.illustrations import Illustration
from dann.reporting import palette
from dann.reporting.dark import INK, dark


def drawn() -> palette.Drawn:
    with palette.look():
        figure = palette.new_figure(2, 1)
        figure.subplots().set_title('a title')
        return palette.encoded(figure)


def content(uri: str) -> bytes:
    return base64.b64decode(uri.split(',')[1])


def test_a_drawing_is_embedded_in_the_colours_of_either_page() -> None:
    figure = Illustration('x', 'X', 'alt', 'caption', drawn())
    light, shown = content(light_uri(figure)).decode(), content(dark_uri(figure)).decode()
    assert light.startswith('<svg')
    assert INK in light
    assert INK not in shown
    assert dark(INK) in shown
    assert len(light) < 0.9 * len(drawn()['svg'])


def test_a_plot_of_points_is_embedded_as_pixels() -> None:
    png = drawn()['png']
    figure = Illustration('x', 'X', 'alt', 'caption', drawn(), dark=png)
    assert light_uri(figure) == dark_uri(figure) == png_uri(few_colours(png))


def test_fewer_colours_change_little() -> None:
    ramp = np.linspace(0, 255, 3 * 64 * 64).reshape(64, 64, 3).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(ramp).save(buffer, 'PNG')
    with Image.open(io.BytesIO(few_colours(buffer.getvalue()))) as image:
        assert abs(np.asarray(image.convert('RGB')).astype(int) - ramp).max() <= 8
