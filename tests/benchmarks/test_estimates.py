"""The errors of estimates, from records and from kept views."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from benchmarks_fake import record, write_folder, write_job
from planted_shift import domains

from dann.benchmarks.estimates import errors, lines, main
from dann.benchmarks.running.kept_views import keep
from dann.core.errors import UserError
from dann.core.validator import estimators


def write(root: Path, accuracies: Sequence[float], **scores: float) -> Path:
    """A benchmark that selects the last step, with these target accuracies there."""
    folder = write_folder(root, {}, pictures=False, benchmark={'select': 'last', 'name': root.name})
    for seed, accuracy in enumerate(accuracies):
        found = [
            record('dann', seed, step, steps=200, scores={'oracle/target_test_accuracy': value} | scores)
            for step, value in ((100, 0.0), (200, accuracy))
        ]
        write_job(folder, found, pictures=False)
    return folder


ESTIMATED = {'val/atc': 0.5, 'val/doc': 0.6, 'val/cot': 0.9}


def test_errors_are_those_of_the_chosen_evaluation(tmp_path: Path) -> None:
    folder = write(tmp_path / 'one', (0.7, 0.4), **ESTIMATED)
    top = record(
        'target_supervised', 0, 100, steps=100, scores={'oracle/target_test_accuracy': 0.9} | ESTIMATED
    )
    write_job(folder, [top], pictures=False)  # reads labels, and is no case for an estimate
    found = errors([folder])
    assert found['one']['ATC'] == pytest.approx([-0.2, 0.1])
    assert found['one']['COT'] == pytest.approx([0.2, 0.5])
    said = lines(found)
    assert said[0] == (
        'one: ATC mean absolute error 15.0, bias -5.0, largest 20.0 points of target test accuracy, 2 runs'
    )
    assert len(said) == 3


def test_several_benchmarks_are_pooled(tmp_path: Path) -> None:
    folders = [write(tmp_path / name, (value,), **ESTIMATED) for name, value in (('one', 0.4), ('two', 0.9))]
    said = lines(errors(folders))
    assert said[-3].startswith('all runs: ATC mean absolute error 25.0, bias -15.0, largest 40.0')


def test_kept_views_are_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / 'kept', (0.5,))
    source, target, _ = domains(tilt=0.4)
    [job] = (folder / 'jobs').iterdir()
    keep(job, 200, {'source_val': source, 'target_val': target}, whole=True)
    [gap] = errors([folder])['kept']['DoC']
    [rule] = (rule for rule in estimators() if rule.name == 'doc')
    assert gap == pytest.approx(rule.score(source, target) - 0.5)
    main([str(folder)])
    assert capsys.readouterr().out.count('kept: ') == 3


def test_runs_without_views_are_no_evidence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / 'bare', (0.5,))
    with pytest.raises(UserError, match=r'no run in .*bare has target labels and kept its views; run the'):
        errors([folder])
    with pytest.raises(SystemExit):
        main([str(folder)])
    assert '--keep-views' in capsys.readouterr().err
