"""What a row costs in time."""

import pytest
from benchmarks_fake import history, record

from dann.benchmarks.results.cost import seconds, seconds_per_job


def test_the_seconds_of_a_resumed_run_are_those_of_all_its_parts() -> None:
    clocks = (2.0, 5.0, 1.5, 4.0)
    steps = [record(step=100 * (i + 1), seconds=clock) for i, clock in enumerate(clocks)]
    assert seconds(steps) == pytest.approx(5.0 + 4.0)
    assert seconds_per_job([*steps, *history('dann', 1, 0.5)]) == {'dann': pytest.approx((9.0 + 1.5) / 2)}


def test_a_first_stage_counts_in_full() -> None:
    run = [record(step=100, seconds=3.0, pretraining=10.0), record(step=200, seconds=7.0, pretraining=10.0)]
    assert seconds_per_job(run) == {'dann': pytest.approx(17.0)}
