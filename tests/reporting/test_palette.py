"""Colours and figures."""

import io
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hostile import NAMES, SHOWN
from matplotlib.figure import Figure

from dann.core.families import FAMILIES
from dann.reporting import palette
from dann.reporting.palette import family_colours


def test_families_keep_their_colours() -> None:
    colours = family_colours(['style', 'zeta', 'alpha'])
    assert colours['style'] == FAMILIES['style'].colour
    assert len(set(colours.values())) == len(colours)
    assert colours == family_colours(['alpha', 'zeta'])


@pytest.mark.parametrize(('format', 'start'), [('png', b'\x89PNG'), ('svg', b'<?xml'), ('pdf', b'%PDF')])
def test_equal_figures_have_equal_bytes(format: str, start: bytes) -> None:
    def drawn() -> bytes:
        with palette.look():
            figure = palette.new_figure(2, 1)
            figure.subplots().plot([0, 1], [1, 0])
            return palette.encode(figure, format)  # type: ignore[arg-type]

    assert drawn() == drawn()
    assert drawn().startswith(start)


def test_a_file_does_not_say_when_it_was_made() -> None:
    with palette.look():
        figure = palette.new_figure(1, 1)
        figure.subplots()
        drawn = palette.encoded(figure)
    assert b'CreationDate' not in drawn['pdf']
    assert b'dc:date' not in drawn['svg']


def crowded() -> Figure:
    """Panels with titles, legends beside the axes, an image, and a text that leaves them."""
    figure = palette.new_figure(8, 4)
    left, right = figure.subplots(1, 2)
    left.plot([0, 1], [1, 0], label='a line')
    left.set_title('a title')
    left.legend(loc='lower left', bbox_to_anchor=(0, 1))
    left.text(1.1, 0.5, 'outside')
    right.imshow([[0, 1], [1, 0]])
    right.set_ylabel('a label')
    figure.legend(loc='outside lower center')
    return figure


def test_a_figure_has_the_place_and_the_frame_that_matplotlib_gives_it() -> None:
    metadata: dict[str, Any] = {'Software': None, 'Source': 'a run'}
    with palette.look():
        buffer = io.BytesIO()
        crowded().savefig(buffer, dpi=150, bbox_inches='tight', pad_inches=0.08, metadata=metadata)
        assert palette.encode(crowded(), source='a run') == buffer.getvalue()


def test_a_second_format_changes_no_other() -> None:
    with palette.look():
        both = palette.encoded(crowded(), ('svg', 'png'))
        assert both['png'] == palette.encode(crowded())
        assert both['svg'] == palette.encode(crowded(), 'svg')


def test_a_figure_is_laid_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    calls: list[Figure] = []
    execute = ConstrainedLayoutEngine.execute

    def counted(self: ConstrainedLayoutEngine, figure: Figure) -> Any:
        calls.append(figure)
        return execute(self, figure)

    monkeypatch.setattr(ConstrainedLayoutEngine, 'execute', counted)
    with palette.look():
        palette.encoded(crowded(), ('png', 'svg'))
    assert len(calls) == 1


@pytest.mark.filterwarnings('error')
@pytest.mark.parametrize(
    ('name', 'shown'),
    [*zip(NAMES, SHOWN, strict=True), ('\uffff', r'\uffff'), ('🚗', '🚗'), (r'\$5 $', r'\$5 $')],
)
def test_any_name_is_drawn_as_it_is_read(name: str, shown: str) -> None:
    with palette.look():
        figure = palette.new_figure(2, 1)
        axes = figure.subplots()
        axes.plot([0, 1], label=palette.drawable(name))
        axes.set_title(palette.drawable(name))
        axes.set_xticks([0], [palette.drawable(name)])
        axes.legend()
        drawn = palette.encoded(figure)
    texts = [each.text or '' for each in ET.fromstring(drawn['svg']).iter() if each.tag.endswith('text')]
    assert sum(text.lstrip('\N{ZERO WIDTH SPACE}') == shown for text in texts) == 3
