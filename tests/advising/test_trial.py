"""The trial: which jobs, how many steps, and what its records say."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from harness import configuration

from dann.advising.trial import PROBES, SEEDS, Asked, check_ran, held_of, steps_within
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
    """Pretends to train: every run takes some seconds beside its steps, and some for each of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fixed: float, step: float) -> None:
        self.plans: list[Benchmark] = []

        def seconds(records: object) -> dict[str, float]:
            return dict.fromkeys(self.plans[-1].methods, fixed + step * self.plans[-1].steps)

        monkeypatch.setattr('dann.advising.trial.seconds_per_job', seconds)
        opened = SimpleNamespace(open=lambda folder: SimpleNamespace(records=()))
        monkeypatch.setattr('dann.advising.trial.Results', opened)

    def __call__(self, plan: Benchmark, folder: Path) -> dict[str, str]:
        self.plans.append(plan)
        return {}


def long(**changes: Any) -> Asked:
    return Asked('toy', configuration(steps=1000, **changes), {'mmd': {'alignment': 'MMD'}})


def test_steps_are_as_many_as_the_minutes_allow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # two rows and two seeds: 4 s beside the steps in all, and 0.4 s a step, of 60 less the moment that has passed
    runs = Taking(monkeypatch, 1.0, 0.1)
    assert steps_within(long(), tmp_path, 1, 1, runs) == 130
    assert [plan.steps for plan in runs.plans] == [*PROBES]
    assert all(len(plan.seeds) == 1 for plan in runs.plans)
    assert steps_within(long(), tmp_path, 1, 2, runs) == 280
    assert steps_within(long(), tmp_path, 60, 1, runs) == 1000


def test_too_few_minutes_are_refused_with_those_that_suffice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(
        RunError, match=r'0\.1 minutes give too few steps for 2 options; name --minutes 1 or more'
    ):
        steps_within(long(), tmp_path, 0.1, 1, Taking(monkeypatch, 1.0, 0.1))


def test_a_row_that_fails_is_left_out_and_source_only_ends_it() -> None:
    plan = asked().trial(6)
    names = {job.method: job.name for job in plan.jobs()}
    assert check_ran(plan, {}) == {}
    assert check_ran(plan, {names['mmd']: 'no memory'}) == {'mmd': 'no memory'}
    with pytest.raises(RunError, match='source_only failed, with which all is compared: no memory'):
        check_ran(plan, {names['source_only']: 'no memory'})


def test_the_score_of_the_trial_is_there_whatever_the_file_selects_by() -> None:
    config = configuration(select='val/source_accuracy')
    config['model']['init_args']['dear_validators'] = 'always'
    plan = Asked('toy', config, {}).plan()
    assert plan.select == 'val/infomax'
    assert plan.model['init_args']['dear_validators'] == 'never'
