"""Colours and figures."""

import pytest

from dann.core.families import FAMILIES
from dann.reporting import palette
from dann.reporting.palette import family_colours


def test_families_keep_their_colours() -> None:
    colours = family_colours(['style', 'zeta', 'alpha'])
    assert colours['style'] == FAMILIES['style'].colour
    assert len(set(colours.values())) == len(colours)
    assert colours == family_colours(['alpha', 'zeta'])


@pytest.mark.parametrize(('format', 'start'), [('png', b'\x89PNG'), ('svg', b'<?xml')])
def test_equal_figures_have_equal_bytes(format: str, start: bytes) -> None:
    def drawn() -> bytes:
        with palette.look():
            figure = palette.new_figure(2, 1)
            figure.subplots().plot([0, 1], [1, 0])
            return palette.encode(figure, format)  # type: ignore[arg-type]

    assert drawn() == drawn()
    assert drawn().startswith(start)
