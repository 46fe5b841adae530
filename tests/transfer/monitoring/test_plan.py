"""How a stream is tested."""

from __future__ import annotations

from typing import Any

import pytest

from dann.core.errors import CheckError, UserError
from dann.transfer.monitoring.plan import Plan
from dann.transfer.monitoring.spending import MOST, spent


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        ({'level': 0.0}, 'expected `level` above 0 and below 1, got 0.0'),
        ({'level': 1.0}, 'expected `level` above 0 and below 1, got 1.0'),
        ({'level': float('nan')}, 'got nan'),
        ({'level': 0.3}, 'expected `warning` from the level of an alarm, 0.3, to below 1, got 0.2'),
        ({'warning': 1.0}, 'got 1.0'),
        ({'window': 9}, 'expected `window` from 10 to 10,000, got 9'),
        ({'samples': 5}, 'expected `samples` from 20'),
        ({'permutations': 18}, 'expected `permutations` from 19 to 10,000,000, got 18'),
        ({'seed': -1}, 'expected `seed` of at least 0'),
    ],
)
def test_numbers_out_of_range_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises((CheckError, UserError)) as error:
        Plan(**options)
    assert words in str(error.value)


def test_permutations_grow_until_they_are_too_many() -> None:
    plan = Plan()
    assert 1 / (1 + plan.needed(1)) <= spent(0.05, 1) / 2
    assert plan.needed(10) == pytest.approx(100 * plan.needed(1), rel=0.02)
    last = max(window for window in range(1, 200) if plan.by_mmd(window))
    assert plan.needed(last) <= MOST < plan.needed(last + 1)
    assert last == 55  # as the page says
    assert [plan.drawn(window) for window in (1, 10)] == [999, plan.needed(10)]
    assert Plan(permutations=70).drawn(1) == 70


def test_permutations_that_reach_no_alarm_are_refused_with_how_many_do() -> None:
    plan = Plan(permutations=199)
    plan.check_reach(1)
    with pytest.raises(
        UserError, match=r'199 permutations cannot reach .* window 3, .*; pass --permutations'
    ) as e:
        plan.check_reach(3)
    enough = int(str(e.value).split('--permutations ')[1].split(',')[0])
    Plan(permutations=enough).check_reach(3)
    assert plan.by_mmd(10_000)
    Plan().check_reach(10_000)  # where nobody says how many the other test takes over
