"""How the level of a stream is spent."""

from __future__ import annotations

import math

import pytest

from dann.transfer.monitoring.spending import Shares, permutations_for, shares, spent


def test_windows_together_spend_the_level_and_no_more() -> None:
    total = math.fsum(spent(0.05, window) for window in range(1, 20_001))
    assert total < 0.05
    assert total == pytest.approx(0.05, abs=0.05 * 6 / math.pi**2 / 20_000 * 1.01)  # what is left after them


def test_the_fourth_window_has_a_sixteenth_of_the_first() -> None:
    assert spent(0.2, 1) / spent(0.2, 4) == pytest.approx(16)


@pytest.mark.parametrize('level', [0.5, 0.05, 1 / 3, 0.0152, 1e-5])
def test_permutations_are_the_fewest_that_reach_a_level(level: float) -> None:
    count = permutations_for(level)
    assert 1 / (1 + count) <= level < 1 / count


def test_both_tests_have_a_half_or_one_has_all() -> None:
    assert shares(0.05, 2) == Shares(spent(0.05, 2) / 2, spent(0.05, 2) / 2)
    alone = shares(0.05, 2, by_mmd=False)
    assert alone == Shares(0.0, spent(0.05, 2))
    assert not alone.rejected(1e-9, 1.0)
    assert alone.rejected(1.0, spent(0.05, 2))
    assert not alone.rejected(1.0, spent(0.05, 2) * 1.01)


def test_windows_are_counted_from_one() -> None:
    with pytest.raises(ValueError, match='expected `window` from 1, got 0'):
        spent(0.05, 0)
