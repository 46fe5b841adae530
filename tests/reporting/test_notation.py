"""Numbers as tables print them."""

import pytest

from dann.reporting.notation import about_spread, percent, points
from dann.stats.intervals import Estimate, estimate


@pytest.mark.parametrize(
    ('fraction', 'text'), [(-0.0001, '+0.0'), (0.0, '+0.0'), (-0.1234, '-12.3'), (0.05, '+5.0')]
)
def test_a_rounded_zero_has_no_minus(fraction: float, text: str) -> None:
    assert points(fraction, signed=True) == text


def test_an_estimate_has_its_half_width_where_it_has_one() -> None:
    assert percent(Estimate(0.7, 0.01, 0.0249, 3)) == '70.0 ± 2.5'
    assert percent(Estimate(0.7, None, None, 1), signed=True) == '+70.0'
    assert percent(None) == '—'


def test_two_seeds_are_both_shown_and_not_an_interval_too_wide_to_read() -> None:
    assert percent(estimate([0.8, 0.72])) == '76.0 (72.0, 80.0)'
    assert percent(estimate([0.01, -0.03]), signed=True) == '-1.0 (-3.0, +1.0)'


@pytest.mark.parametrize(
    ('fewest', 'most', 'said', 'unsaid'),
    [
        (1, 1, 'n = 1 seed, so there is no ±', 'Brackets'),
        (1, 2, 'Rows with one seed have single values.', '±'),
        (2, 2, 'Brackets hold both values', '±'),
        (2, 5, 'Brackets, in rows with two seeds, hold both values', 'one seed'),
        (3, 5, '(n = 3 to 5, n - 1 degrees of freedom)', 'Brackets'),
    ],
)
def test_a_table_says_how_its_spreads_are_read(fewest: int, most: int, said: str, unsaid: str) -> None:
    assert said in about_spread(fewest, most)
    assert unsaid not in about_spread(fewest, most)
