"""The report: the same bytes after a resume, and quick to start."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from benchmarks_fake import ROWS, history, write_folder, write_job
from figures import leave_out_pdf

from dann.benchmarks.api import open_report
from dann.benchmarks.report import illustrations
from dann.benchmarks.report.report import BenchmarkReport, up_to_date

TABLES = ('table.md', 'table.csv', 'table.tex', 'results.json')


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_folder(tmp_path_factory.mktemp('fake') / 'day-to-night')
    with pytest.MonkeyPatch.context() as patch:
        leave_out_pdf(patch)
        BenchmarkReport.open(root).write()
    return root


def test_files_are_in_place(folder: Path) -> None:
    names = ('accuracy', 'classes', 'confusion', 'differences', 'domains', 'features', 'mistakes', 'scores')
    assert sorted(path.name for path in (folder / 'figures').iterdir()) == [
        f'{name}.{suffix}' for name in names for suffix in ('pdf', 'png', 'svg')
    ]
    assert not list(folder.rglob('.*'))
    assert json.loads((folder / 'results.json').read_text()) == BenchmarkReport.open(folder).as_dict()
    assert BenchmarkReport.open(folder, 'val/entropy').as_dict()['select'] == 'val/entropy'


def test_a_resumed_benchmark_has_the_same_tables(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(illustrations, 'illustrate', lambda results, table: [])
    resumed = write_folder(tmp_path / 'resumed', pictures=False)
    run = json.loads((resumed / 'run.json').read_text()) | {
        'minutes': 99.0,
        'started': '2027-01-01',
        'failed': [],
    }
    (resumed / 'run.json').write_text(json.dumps(run))
    shutil.rmtree(resumed / 'jobs' / 'mmd-seed1-0123456789ab')
    slow = [{**each, 'seconds': 77.0} for each in history('mmd', 1, ROWS['mmd'][1][1])]
    write_job(resumed, slow, pictures=False)  # type: ignore[arg-type]
    BenchmarkReport.open(resumed).write()
    for name in TABLES:
        assert (resumed / name).read_bytes() == (folder / name).read_bytes(), name


def test_little_left_behind_still_makes_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leave_out_pdf(monkeypatch)
    root = write_folder(tmp_path, {'source_only': [0.6], 'dann': [0.8, 0.82]}, pictures=False)
    (root / 'run.json').unlink()
    report = BenchmarkReport.open(root)
    report.write()
    page = report.pages[0].read_text()
    assert (
        'Not shown, as no completed job left the file that it is drawn from: Which classes are confused; '
        'What the domains look like; Features before and after adaptation.'
    ) in page
    assert '<section id="features">' not in page
    assert 'No manifest was recorded.' in page
    assert 'Incomplete: <strong>source_only</strong> has 1 of 3 planned seeds.' in page
    assert '>1 of 3</td>' in page


def test_a_rule_whose_weights_were_not_kept_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Callable[..., tuple[int, str, str]]
) -> None:
    monkeypatch.setattr(illustrations, 'illustrate', lambda results, table: [])
    write_folder(tmp_path / 'day', {'source_only': [0.6], 'dann': [0.8]}, pictures=False)
    for kept in (None, 'val/infomax', 'last'):
        assert open_report(tmp_path / 'day', kept).unkept == open_report(tmp_path, kept).unkept == ''
    said = open_report(tmp_path, 'oracle').unkept
    assert said.startswith(
        'Weights of what oracle chooses were not kept: chosen.pt and weights.pt are those of val/info'
    )
    status, out, err = run('report', str(tmp_path / 'day'), '--select', 'oracle')
    assert status == 0, err
    assert said in out
    assert 'were not kept' not in run('report', str(tmp_path / 'day'))[1]


def test_reading_results_imports_nothing_heavy() -> None:
    heavy = ('torch', 'pytorch_lightning', 'sklearn', 'matplotlib', 'jinja2', 'scipy')
    code = (
        f'import sys, dann.benchmarks.report.report; print([name for name in {heavy} if name in sys.modules])'
    )
    shown = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == '[]'


def test_a_report_is_out_of_date_when_its_inputs_or_its_rule_change(folder: Path) -> None:
    assert up_to_date(folder, 'val/infomax')
    assert not up_to_date(folder, 'last')
    table = (folder / 'table.md').stat()
    try:
        os.utime(folder / 'table.md', (0, 0))
        assert not up_to_date(folder, 'val/infomax')
    finally:
        os.utime(folder / 'table.md', (table.st_atime, table.st_mtime))
    assert not up_to_date(folder / 'jobs', 'val/infomax')
