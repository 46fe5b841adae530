"""The trial: which jobs, how many steps, and what its records say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from harness import configuration

from dann.advising.trial import PROBED, SEEDS, Asked, finished, held_of, steps_within
from dann.benchmarks.plan.grid import Benchmark
from dann.core.errors import RunError, UserError


def asked(labels: int = 0) -> Asked:
    return Asked('toy', configuration(), {'mmd': {'alignment': 'MMD'}}, labels, held_of(labels))


def test_a_fifth_of_the_labels_is_held_out() -> None:
    assert [held_of(count) for count in (0, 2, 5, 10, 50)] == [0, 1, 1, 2, 10]
    for count in (1, -3):
        with pytest.raises(UserError, match='`--labels` of at least 2'):
            held_of(count)


def test_the_trial_is_short_and_full_training_has_all_labels() -> None:
    trial, full = asked(10).trial(6), asked(10).plan()
    assert (trial.steps, trial.evaluations, len(trial.seeds)) == (6, 1, SEEDS)
    assert trial.methods['mmd+labels']['shots'] == 8
    assert (full.steps, full.evaluations, full.methods['mmd+labels']['shots']) == (20, 4, 10)
    assert trial.model['init_args']['dear_validators'] == 'never'
    assert [*asked().trial(6).methods] == ['source_only', 'mmd']


class Taking:
    """Pretends to train: every job takes some seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        self.plans: list[Benchmark] = []
        spent = {'source_only': seconds, 'mmd': seconds}
        monkeypatch.setattr('dann.advising.trial.seconds_per_job', lambda records: spent)
        monkeypatch.setattr(
            'dann.advising.trial.Results', type('R', (), {'open': lambda f: type('O', (), {'records': ()})})
        )

    def __call__(self, plan: Benchmark, folder: Path) -> dict[str, str]:
        self.plans.append(plan)
        return {}


def long(**changes: Any) -> Asked:
    return Asked('toy', configuration(steps=1000, **changes), {'mmd': {'alignment': 'MMD'}})


def test_steps_are_as_many_as_the_minutes_allow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = Taking(monkeypatch, 3.0)  # 0.1 s a step, twice for both rows and twice for both seeds
    assert steps_within(long(), tmp_path, 1, 1, runs) == 140  # a moment is spent
    assert runs.plans[0].steps == PROBED
    assert len(runs.plans[0].seeds) == 1
    assert steps_within(long(), tmp_path, 1, 2, runs) == 290
    assert steps_within(long(), tmp_path, 60, 1, runs) == 1000


def test_too_few_minutes_are_refused_with_those_that_suffice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RunError, match=r'0.1 minutes give 10 steps of 2 options; name --minutes 1 or more'):
        steps_within(long(), tmp_path, 0.1, 1, Taking(monkeypatch, 3.0))


def test_a_job_that_failed_ends_the_trial() -> None:
    finished({})
    with pytest.raises(RunError, match='mmd, seed 0 failed: no memory'):
        finished({'mmd, seed 0': 'no memory'})
