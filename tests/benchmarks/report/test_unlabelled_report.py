"""A target without labels is trained on and reported: ranked by a score, with estimates in place of accuracy."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from harness import assert_refused, configuration
from photos import write_image, write_pair

from dann.benchmarks import open_report
from dann.benchmarks.report.unlabelled import Ranking
from dann.benchmarks.results.records import collect, job_folders
from dann.benchmarks.running.kept_views import kept_test_predictions, path_of
from dann.cli import main

pytestmark = pytest.mark.slow
Run = Callable[..., tuple[int, str, str]]
ASKED = ('benchmark', 'photos', '--source', 'day', '--target', 'dusk')
ROWS = (
    '--methods',
    'source_only',
    'mmd',
    'target_supervised',
    '--seeds',
    '2',
    '--steps',
    '4',
    '--size',
    '16',
    '--backbone',
    'ConvNet',
)


@pytest.fixture(scope='module')
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of images whose domain ``dusk`` has no classes, and the benchmark that was run on it."""
    root = tmp_path_factory.mktemp('home')
    write_pair(root / 'photos', 36)
    for number in range(30):
        write_image(root / 'photos' / 'dusk' / f'{number}.png', number, brightness=70)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setenv('DANN_CACHE', str(root / 'cache'))
        assert main([*ASKED, *ROWS, '--workers', '1']) == 0
    return root


@pytest.fixture
def folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(home)
    monkeypatch.setenv('DANN_CACHE', str(home / 'cache'))
    return home / 'runs' / 'photos-day-to-dusk'


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def test_no_score_of_an_oracle_is_recorded_and_estimates_are(folder: Path) -> None:
    records = collect(folder)
    assert {(each['method'], each['seed']) for each in records} == {
        (method, seed) for method in ('source_only', 'mmd') for seed in (0, 1)
    }
    for record in records:
        assert record['unlabelled'] is True
        assert not [name for name in record['scores'] if name.startswith('oracle/')]
        assert {'val/infomax', 'val/atc', 'val/doc', 'val/cot'} <= record['scores'].keys()
        assert all(0 <= record['scores'][f'val/{name}'] <= 1 for name in ('atc', 'doc', 'cot'))


def test_jobs_leave_predictions_and_no_label(folder: Path) -> None:
    for job in job_folders(folder):
        steps = [each['step'] for each in collect(folder) if each['run'] == job.name]
        tested = kept_test_predictions(path_of(job, steps[-1]))
        with np.load(job / 'features.npz') as arrays:
            assert set(arrays['target_labels'].tolist()) == {-1}
            assert len(tested) == len(arrays['target'])
        assert np.allclose(tested.sum(axis=1), 1, atol=0.01)
        assert not (job / 'confusion.npy').exists()


def test_the_report_is_written_in_every_format(folder: Path) -> None:
    text = (folder / 'table.md').read_text()
    assert 'photos/day → photos/dusk), no target label seen: ranked by val/infomax' in text
    assert '- No target label was seen: nothing here is a measured accuracy' in text
    assert 'Left out, because they train on target labels: target_supervised.' in text
    assert 'verdict' not in text
    assert 'vs source-only' not in text
    found = json.loads((folder / 'results.json').read_text())
    assert found['unlabelled'] is True
    scores = [row['score'] for row in found['rows']]
    assert scores == sorted(scores, reverse=True)
    assert [row['rank'] for row in found['rows']] == [1, 2]
    lines = list(csv.DictReader(io.StringIO((folder / 'table.csv').read_text())))
    assert [float(line['score']) for line in lines] == scores
    assert r'\begin{tabular}{llrrrrrrr}' in (folder / 'table.tex').read_text()
    page = (folder / 'report.html').read_text()
    assert 'No target label seen. Ranked by val/infomax' in page
    assert 'Difference from source-only under every' not in page
    assert sorted(path.name for path in (folder / 'figures').iterdir()) == [
        *('features.pdf', 'features.png', 'features.svg')
    ]


def test_source_only_agrees_with_itself_and_with_the_majority_of_two_rows_as_counted(folder: Path) -> None:
    table = open_report(folder).table  # type: ignore[union-attr]
    assert isinstance(table, Ranking)
    standing = {row.method: table.standing(row) for row in table.rows}
    assert standing['source_only'].baseline is not None
    assert standing['source_only'].baseline.mean == 1
    shares = []
    for seed in (0, 1):
        both = [
            kept_test_predictions(path_of(folder / 'jobs' / record['run'], record['step'])).argmax(axis=1)
            for row in table.rows
            for record in [table.main(row).chosen[seed]]
        ]
        shares.append(float((both[0] == both[1]).mean()))
    assert standing['mmd'].baseline is not None
    assert standing['mmd'].baseline.mean == pytest.approx(sum(shares) / 2)


def test_a_second_call_runs_nothing_and_leaves_the_report_alone(folder: Path, run: Run) -> None:
    before = (folder / 'report.html').stat().st_mtime_ns
    status, out, err = run(*ASKED, *ROWS, '--workers', '1')
    assert (status, 'jobs to run' in err) == (0, False)
    assert (folder / 'report.html').stat().st_mtime_ns == before
    assert 'Report: ' in out
    assert yaml.safe_load((folder / 'benchmark.yaml').read_text())['left_out'] == ['target_supervised']


def test_a_row_left_out_of_a_folder_that_is_done_is_no_error(folder: Path, tmp_path: Path, run: Run) -> None:
    copy = shutil.copytree(folder, tmp_path / 'copy')
    described = yaml.safe_load((copy / 'benchmark.yaml').read_text())
    del described['left_out']
    (copy / 'benchmark.yaml').write_text(yaml.safe_dump(described, sort_keys=False))
    status, out, err = run(*ASKED, *ROWS, '--workers', '1', '--out', str(copy))
    assert status == 0, err
    assert 'left out: target_supervised trains on labels of photos/dusk, which has none' in out
    assert yaml.safe_load((copy / 'benchmark.yaml').read_text())['left_out'] == ['target_supervised']


def test_dann_report_ranks_by_any_rule_without_labels(folder: Path, run: Run) -> None:
    status, out, err = run('report', str(folder), '--select', 'val/atc', '--json')
    assert status == 0, err
    found = json.loads(out)
    assert found['select'] == 'val/atc'
    assert [row['score'] for row in found['rows']] == [row['atc'] for row in found['rows']]
    status, out, err = run('report', str(folder), '--select', 'val/ensv', '--json')
    assert status == 0, err
    status, out, err = run('report', str(folder), '--select', 'last', '--json')
    assert status == 0, err
    assert {row['rank'] for row in json.loads(out)['rows']} == {None}
    assert 'can be ranked by last' in json.loads(out)['headline']
    refused = run('report', str(folder), '--select', 'oracle', '--json')
    assert_refused(refused, 'oracle reads target labels, which photos/dusk lacks')


def test_rules_are_not_judged_where_nothing_was_measured(folder: Path, run: Run) -> None:
    assert_refused(run('validators', str(folder)), 'name a benchmark whose target has labels')


def test_a_part_of_a_suite_may_have_no_labels(folder: Path, tmp_path: Path, run: Run) -> None:
    for name in ('one', 'two'):
        shutil.copytree(folder, tmp_path / 'suite' / name)
    status, out, err = run('report', str(tmp_path / 'suite'))
    assert status == 0, err
    assert out.count('no target label seen: ranked by val/infomax') == 2


def test_a_file_may_name_a_target_without_labels(
    home: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    sides: dict[str, Any] = {
        side: {'class_path': 'Folder', 'init_args': {'root': 'photos', 'domain': domain, 'size': 8}}
        for side, domain in (('source', 'day'), ('target', 'dusk'))
    }
    asked = configuration(
        data={**sides, 'batch_size': 8},
        methods={'target_supervised': {'reference': True}, 'few': {'shots': 1}},
    )
    (tmp_path / 'asked.yaml').write_text(yaml.safe_dump(asked))
    answer = run('benchmark', str(tmp_path / 'asked.yaml'), '--out', str(tmp_path / 'out'), '--workers', '1')
    assert_refused(answer, 'target_supervised trains on labels of photos/dusk', 'name another row')
    asked = configuration(data={'source': sides['target'], 'target': sides['source'], 'batch_size': 8})
    (tmp_path / 'turned.yaml').write_text(yaml.safe_dump(asked))
    answer = run('benchmark', str(tmp_path / 'turned.yaml'), '--out', str(tmp_path / 'two'), '--workers', '1')
    assert_refused(answer, 'photos/dusk has no labels; it can only be the target')
