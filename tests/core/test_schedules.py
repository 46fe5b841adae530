"""Schedules are the papers' functions of progress, and nothing else."""

from __future__ import annotations

import math
from typing import Any

import pytest

from dann.core import schedules
from dann.core.schedules import (
    Constant,
    Cosine,
    Delayed,
    HalfCosine,
    InverseDecay,
    Linear,
    Schedule,
    Sigmoid,
    Steps,
)

PROGRESS = (0.0, 0.01, 0.11, 0.5, 0.875, 1.0)


@pytest.mark.parametrize('progress', PROGRESS)
@pytest.mark.parametrize('gamma', [0.1, 5.0, 10.0, 40.0])
@pytest.mark.parametrize('peak', [1.0, 0.25, -2.0])
def test_the_sigmoid_ramp_is_a_hyperbolic_tangent(gamma: float, peak: float, progress: float) -> None:
    expected = peak * math.tanh(gamma * progress / 2)
    assert Sigmoid(gamma, peak)(progress) == pytest.approx(expected, abs=1e-15)


def test_the_sigmoid_ramp_at_its_ends_and_half_way() -> None:
    ramp = Sigmoid(10)
    assert ramp(0) == 0
    assert ramp(1) == pytest.approx(0.99990920, abs=5e-9)
    assert ramp(math.log(3) / 10) == pytest.approx(0.5)
    assert ramp(0.11) == pytest.approx(0.5, abs=0.001)
    assert Sigmoid()(0.11) == ramp(0.11)  # the paper's steepness is the default


@pytest.mark.parametrize('progress', PROGRESS)
@pytest.mark.parametrize(
    ('alpha', 'beta'), [(10.0, 0.75), (10.0, 2.25), (0.001, 0.75), (3.0, 0.0), (0.0, 1.0)]
)
def test_the_decay_is_the_exponential_of_a_logarithm(alpha: float, beta: float, progress: float) -> None:
    expected = math.exp(-beta * math.log1p(alpha * progress))
    assert InverseDecay(alpha, beta)(progress) == pytest.approx(expected, rel=1e-13)


def test_the_default_decay_is_that_of_the_paper() -> None:
    assert InverseDecay()(0) == 1
    assert InverseDecay()(1) == pytest.approx(11**-0.75)
    assert InverseDecay()(1) == pytest.approx(0.16556, abs=1e-5)


@pytest.mark.parametrize(('start', 'stop'), [(0.0, 1.0), (1.0, 0.0), (-3.0, 5.0), (2.0, 2.0)])
def test_the_line_meets_its_ends_and_their_middle(start: float, stop: float) -> None:
    line = Linear(start, stop)
    assert line(0) == start
    assert line(1) == stop
    assert line(0.5) == pytest.approx((start + stop) / 2)
    assert line(0.3) - line(0.2) == pytest.approx((stop - start) / 10)


def test_a_delayed_start_is_a_step() -> None:
    step = Delayed(0.25, 3.0)
    assert [step(progress) for progress in (0.0, 0.249, 0.25, 0.5, 1.0)] == [0, 0, 3, 3, 3]
    assert Delayed(0)(0) == 1
    assert [Delayed()(progress) for progress in (0.0, 0.49, 0.5)] == [0, 0, 1]


@pytest.mark.parametrize('start', [-0.1, 1.1, math.nan])
def test_a_start_outside_the_run_is_refused(start: float) -> None:
    with pytest.raises(ValueError, match=rf'expected `start` in \[0, 1\], got {start}'):
        Delayed(start)


@pytest.mark.parametrize('progress', PROGRESS)
def test_a_constant_does_not_change(progress: float) -> None:
    assert Constant()(progress) == 1
    assert Constant(0.3)(progress) == 0.3


@pytest.mark.parametrize(
    'schedule',
    [
        Constant(0.3),
        Sigmoid(7.0, 2.0),
        Linear(0.1, 0.9),
        InverseDecay(3.0, 0.5),
        Cosine(0.1),
        Delayed(0.3, 2.0),
        Steps(0.3, 0.1),
    ],
)
def test_the_same_progress_gives_the_same_value_in_any_order(schedule: Schedule) -> None:
    forwards = [schedule(progress) for progress in PROGRESS]
    backwards = [schedule(progress) for progress in reversed(PROGRESS)]
    assert forwards == backwards[::-1]


@pytest.mark.parametrize(
    'schedule',
    [
        Constant(0.3),
        Sigmoid(7.0, 2.0),
        Linear(0.1, 0.9),
        InverseDecay(3.0, 0.5),
        Cosine(0.1),
        Delayed(0.3, 2.0),
        Steps(0.3, 0.1),
    ],
)
def test_the_printed_form_makes_the_same_schedule(schedule: Schedule) -> None:
    again = eval(repr(schedule), vars(schedules))
    assert type(again) is type(schedule)
    assert repr(again) == repr(schedule)


@pytest.mark.parametrize('gamma', [0.0, -1.0, math.nan])
def test_a_ramp_that_does_not_rise_is_refused(gamma: float) -> None:
    with pytest.raises(ValueError, match=rf'expected `gamma` above 0, got {gamma}'):
        Sigmoid(gamma)


@pytest.mark.parametrize(('alpha', 'beta'), [(-1.0, 0.75), (10.0, -0.5), (math.nan, 1.0)])
def test_a_decay_that_grows_is_refused(alpha: float, beta: float) -> None:
    with pytest.raises(
        ValueError, match=rf'expected `alpha` and `beta` of at least 0, got {alpha} and {beta}'
    ):
        InverseDecay(alpha, beta)


def test_a_schedule_has_to_say_its_value() -> None:
    kind: Any = Schedule
    with pytest.raises(TypeError, match='__call__'):
        kind()


@pytest.mark.parametrize('floor', [0.0, 0.25])
def test_cosine_falls_from_one_to_the_floor(floor: float) -> None:
    """Against sin², which is another way to write half a cosine."""
    schedule = Cosine(floor)
    for step in range(11):
        wave = math.sin(math.pi * (1 - step / 10) / 2) ** 2
        assert schedule(step / 10) == pytest.approx(floor + (1 - floor) * wave, abs=1e-12)
    assert schedule(0) == 1
    with pytest.raises(ValueError, match=r'expected `floor` in \[0, 1\], got -0.1'):
        Cosine(-0.1)


def test_half_a_cosine_rises_to_its_peak_and_stays() -> None:
    rise = HalfCosine(by=0.4, peak=3.0)
    for progress in (0.0, 0.1, 0.2, 0.3):
        assert rise(progress) == pytest.approx(3 * math.sin(math.pi * progress / 0.8) ** 2)
    assert rise(0.4) == rise(0.7) == rise(1.0) == 3.0
    assert HalfCosine()(0.5) == 1.0
    with pytest.raises(ValueError, match=r'`by` in \(0, 1\], got 0'):
        HalfCosine(by=0)


def test_steps_fall_at_every_multiple_and_nowhere_else() -> None:
    stairs = Steps(every=0.1, factor=0.5)
    for taken in range(1000):
        assert stairs(taken / 1000) == 0.5 ** (taken // 100)
    assert Steps(every=1.0)(0.999) == 1.0
    with pytest.raises(ValueError, match='`every`'):
        Steps(every=0)
    with pytest.raises(ValueError, match='`factor`'):
        Steps(factor=1.1)
