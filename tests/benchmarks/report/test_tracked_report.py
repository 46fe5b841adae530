"""The report as one more run of the group."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks_fake import write_folder
from unlabelled_fake import write_unlabelled
from wandb_fake import FakeWandb, install

from dann.benchmarks.report.ending import what_helped
from dann.benchmarks.report.report import BenchmarkReport
from dann.benchmarks.report.tracked_report import log_table, track_report


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeWandb:
    monkeypatch.delenv('WANDB_DIR', raising=False)
    return install(monkeypatch)


def test_verdict_and_table_are_a_run_of_the_group(
    fake: FakeWandb, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = BenchmarkReport.open(write_folder(tmp_path / 'day to night'))
    track_report(report, ['csv', 'wandb'])
    (run,) = fake.runs
    name = report.results.records[0]['benchmark']  # as in the runs of its jobs
    assert (run.options['group'], run.options['job_type']) == (name, 'report')
    assert run.summary['verdict'] == what_helped(report.table)
    ((_, values),) = run.rows
    table = values['table']
    first = dict(zip(table['columns'], table['data'][0], strict=True))
    row = report.table.rows[0]
    accuracy = next(iter(row.cells.values())).accuracy
    assert accuracy is not None
    assert first['method'] == row.method
    assert first['mean'] == accuracy.mean  # a number, not its text
    assert None in first.values()
    assert (run.exit_code, fake.torn_down) == (0, 1)
    assert f"wandb sync $(find '{tmp_path}/day to night' -name 'offline-run-*')" in capsys.readouterr().out
    track_report(report, ['wandb'])
    assert fake.runs[1].options['id'] == run.options['id']


def test_a_ranking_has_a_verdict_too(fake: FakeWandb, tmp_path: Path) -> None:
    track_report(BenchmarkReport.open(write_unlabelled(tmp_path)), ['wandb'])
    assert 'val/infomax' in fake.runs[0].summary['verdict']


def test_nothing_is_logged_unasked(fake: FakeWandb, tmp_path: Path) -> None:
    track_report(BenchmarkReport.open(write_folder(tmp_path / 'toy')), ['csv', 'tensorboard'])
    assert fake.runs == []


def test_what_is_online_needs_no_upload(
    fake: FakeWandb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv('WANDB_MODE', 'online')
    log_table(tmp_path, 'toy', 'abc', {}, [['method'], ['dann']], {})
    assert fake.runs[0].options['id'] == 'abc'
    assert capsys.readouterr().out == ''
