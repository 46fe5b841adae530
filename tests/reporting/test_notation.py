"""Numbers as tables print them."""

import pytest

from dann.reporting.notation import percent, points
from dann.stats.intervals import Estimate


@pytest.mark.parametrize(
    ('fraction', 'text'), [(-0.0001, '+0.0'), (0.0, '+0.0'), (-0.1234, '-12.3'), (0.05, '+5.0')]
)
def test_a_rounded_zero_has_no_minus(fraction: float, text: str) -> None:
    assert points(fraction, signed=True) == text


def test_an_estimate_has_its_half_width_where_it_has_one() -> None:
    assert percent(Estimate(0.7, 0.01, 0.0249, 3)) == '70.0 ± 2.5'
    assert percent(Estimate(0.7, None, None, 1), signed=True) == '+70.0'
    assert percent(None) == '—'
