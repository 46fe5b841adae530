"""Streams without drift."""

from __future__ import annotations

import pytest
from monitored import seen

from dann.core.errors import UserError
from dann.transfer.monitoring.plan import Plan
from dann.transfer.monitoring.simulation import Simulation, simulate


def test_no_more_than_five_of_a_hundred_streams_without_drift_have_an_alarm() -> None:
    found = simulate(seen(400, 0), 100)
    assert (found.streams, found.windows) == (100, 4)
    assert found.alarms <= 5
    assert found.alarms <= found.warnings <= 20


@pytest.mark.slow
@pytest.mark.parametrize('seed', range(3))
def test_the_same_holds_of_long_streams_and_other_features(seed: int) -> None:
    found = simulate(seen(1200, seed, dim=64), 100, Plan(window=20, seed=seed))
    assert found.windows == 30
    assert found.alarms <= 5
    assert found.warnings <= 20


def test_at_a_high_level_some_have_one() -> None:
    found = simulate(seen(100, 0), 30, Plan(level=0.9, warning=0.9, window=25))
    assert 3 < found.alarms <= 30
    assert found.alarms == found.warnings


def test_rates_have_exact_intervals() -> None:
    found = Simulation(streams=100, windows=4, alarms=0, warnings=100)
    assert found.alarm_rate == pytest.approx((0.0, 1 - 0.025 ** (1 / 100)))
    assert found.warning_rate == pytest.approx((0.025 ** (1 / 100), 1.0))


def test_bad_requests() -> None:
    with pytest.raises(
        UserError, match=r'half of the reference has 30 samples and a window 50 of a simulated stream; give'
    ):
        simulate(seen(60, 0), 3)
    with pytest.raises(ValueError, match='expected from 1 to 100,000 simulated streams, got -1'):
        simulate(seen(200, 0), -1)
