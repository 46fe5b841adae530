"""The critical-difference diagram."""

import io
import re

import pytest
from across_fake import FAR, NEAR, across_of, many
from PIL import Image

from dann.benchmarks.report.across_words import labelled
from dann.benchmarks.report.rank_diagram import rank_diagram, shown_bars


def test_bars_join_what_is_not_told_apart() -> None:
    few = many(6, blocks=20)  # critical difference 1.69: neighbours only
    assert few.critical_difference == pytest.approx(1.686, abs=2e-3)
    assert shown_bars(few) == [(i, i + 1.0) for i in range(1, 6)]
    assert len(shown_bars(many(54, blocks=400))) <= 8


def test_without_a_difference_one_bar_joins_all() -> None:
    rows = [{name: each[:1] for name, each in pair.items()} for pair in (NEAR, FAR)]
    found = across_of(near=rows[0], far=rows[1])
    assert shown_bars(found) == [(found.rows[0].rank, found.rows[-1].rank)]


@pytest.mark.parametrize('count', [3, 12, 54])
def test_the_diagram_is_an_image_with_ink_and_names(count: int) -> None:
    across = many(count)
    drawn = rank_diagram(across)
    with Image.open(io.BytesIO(drawn['png'])) as image:
        assert min(image.size) > 200
        assert len(image.convert('RGB').getcolors(1 << 24) or []) > 20
    assert drawn == rank_diagram(across)
    words = set(re.split(r'[<>\s]+', drawn['svg'].decode()))
    assert {row.method for row in labelled(across)} <= words
    assert 'source_only' in words
    assert 'method20' not in words
