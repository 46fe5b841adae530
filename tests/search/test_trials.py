"""A trial that broke has failed, and is not run again."""

from __future__ import annotations

import math
from pathlib import Path

from searching import Runner, asked, found


def test_numbers_that_break_are_a_failed_trial_and_are_not_run_again(tmp_path: Path) -> None:
    runner = Runner(broken=lambda job: job.method == 'mmd~002' and job.seed == 1001)
    row = found(asked(sampler='tpe'), tmp_path, runner)[1]
    assert row.outcomes[2].failed == 'seed 1001: loss/x became nan'
    assert math.isnan(row.outcomes[2].score)
    assert len(row.outcomes) == 6
    assert row.best is not row.outcomes[2]
    again = Runner()
    found(asked(sampler='tpe'), tmp_path, again)
    assert again.ran == []
