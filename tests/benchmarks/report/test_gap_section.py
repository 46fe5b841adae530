"""The report's section on how far apart the domains are."""

from pathlib import Path

import numpy as np
import pytest
from benchmarks_fake import write_folder

from dann.benchmarks.report import gap_section as module
from dann.benchmarks.report.gap_section import gap_section, measured
from dann.benchmarks.report.page import render_page
from dann.benchmarks.report.sheet import sheet
from dann.benchmarks.report.table import Row
from dann.benchmarks.report.table_builder import build_table
from dann.benchmarks.results.opened import Results


def test_the_report_has_a_section(tmp_path: Path) -> None:
    results = Results.open(write_folder(tmp_path, {'source_only': [0.6], 'dann': [0.8, 0.82]}))
    table = build_table(results.records, results.benchmark)
    section = gap_section(results, table)
    assert section is not None
    assert [row[0] for row in section['rows']] == ['features', 'source_only', 'dann']
    assert 'Before and after adaptation' in ' '.join(section['sentences'])
    assert section['shares'][1][0] == 'source'
    page = render_page(results, sheet(table), [])
    assert '<h2>How far apart the domains are</h2>' in page
    assert 'the target labels are not read' in page


def test_the_section_reads_no_target_label(tmp_path: Path) -> None:
    results = Results.open(write_folder(tmp_path, {'source_only': [0.6]}))
    table = build_table(results.records, results.benchmark)
    before = gap_section(results, table)
    path = next(tmp_path.glob('jobs/*/features.npz'))
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files if name != 'target_labels'}
    np.savez(path, **arrays)
    assert gap_section(results, table) == before


def test_no_section_where_no_job_left_features(tmp_path: Path) -> None:
    results = Results.open(write_folder(tmp_path, {'source_only': [0.6]}, pictures=False))
    table = build_table(results.records, results.benchmark)
    assert gap_section(results, table) is None
    assert 'How far apart' not in render_page(results, sheet(table), [])


def test_the_section_is_measured_once_for_the_same_features(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))
    results = Results.open(write_folder(tmp_path / 'run', {'source_only': [0.6], 'dann': [0.8]}))
    table = build_table(results.records, results.benchmark)
    calls: list[list[str]] = []

    def counted(results: Results, rows: list[Row]) -> dict[str, object] | None:
        calls.append([row.method for row in rows])
        return measured(results, rows)

    monkeypatch.setattr(module, 'measured', counted)
    first = gap_section(results, table)
    again = gap_section(Results.open(tmp_path / 'run'), table)
    assert first == again
    assert calls == [['source_only', 'dann']]
    assert first is not None
    path = next(tmp_path.glob('run/jobs/dann*/features.npz'))
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    np.savez(path, **(arrays | {'target': arrays['target'] + 5}))
    other = gap_section(results, table)
    assert other is not None
    assert other['rows'][-1] != first['rows'][-1]
    assert len(calls) == 2
