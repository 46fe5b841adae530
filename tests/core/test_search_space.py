"""Ranges say what they cannot mean."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dann.core.search_space import Categorical, Float, Int


@pytest.mark.parametrize(
    ('make', 'message'),
    [
        (lambda: Int(2, 1), '`low` below `high`, got 2 and 1'),
        (lambda: Int(1, 1), '`low` below `high`, got 1 and 1'),
        (lambda: Int(0, 1, log=True), '`low` above 0 on a logarithmic scale, got 0'),
        (lambda: Categorical((1,)), 'at least 2 options'),
    ],
)
def test_senseless_ranges_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_a_range_may_begin_below_zero_on_a_linear_scale() -> None:
    assert Float(-1, 1).low == -1
