"""What Python can ask of a run folder, and that nothing is read or computed twice for it."""

from __future__ import annotations

import builtins
import io
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from benchmarks_fake import write_folder, write_suite

import dann.benchmarks
from dann import cli
from dann.benchmarks import open_report, rank_rules, read_results, read_table, write_report
from dann.benchmarks.comparison.across import Across, compare_across
from dann.benchmarks.report.report import BenchmarkReport
from dann.benchmarks.report.suite_report import SuiteReport
from dann.benchmarks.report.table import Table
from dann.core.errors import UserError
from dann.stats import paired

FIGURES = 'dann.benchmarks.report.illustrations.illustrate'
TESTS = ('bootstrap_interval', 't_test', 'wilcoxon')


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Counter[Path]:
    """How often each file of a run folder was opened to read it."""
    counts: Counter[Path] = Counter()

    def counting(original: Callable[..., Any]) -> Callable[..., Any]:
        def open_and_count(file: Any, mode: str = 'r', *args: Any, **kwargs: Any) -> Any:
            if 'r' in mode and str(file).endswith(('.jsonl', 'benchmark.yaml', 'run.json')):
                counts[Path(file)] += 1
            return original(file, mode, *args, **kwargs)

        return open_and_count

    monkeypatch.setattr(io, 'open', counting(io.open))
    monkeypatch.setattr(builtins, 'open', counting(builtins.open))
    return counts


@pytest.fixture
def tested(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each test of paired differences was computed."""
    counts: Counter[str] = Counter()

    def counting(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def test_and_count(differences: Sequence[float]) -> Any:
            counts[name] += 1
            return original(differences)

        return test_and_count

    for name in TESTS:
        monkeypatch.setattr(paired, name, counting(name, getattr(paired, name)))
    return counts


def rows(count: int, seeds: int) -> dict[str, list[float]]:
    """Source-only and methods that are better, each by a little more."""
    names = ['source_only', *(f'method{index}' for index in range(1, count))]
    return {
        name: [0.5 + 0.01 * index + 0.002 * (seed * index % 3) for seed in range(seeds)]
        for index, name in enumerate(names)
    }


def test_a_report_reads_and_computes_everything_once(
    tmp_path: Path, opened: Counter[Path], tested: Counter[str]
) -> None:
    folder = write_folder(tmp_path, rows(20, 5), pictures=False)
    opened.clear()
    assert cli.main(['report', str(folder)]) == 0
    assert tested == dict.fromkeys(TESTS, 19)
    assert set(opened) == {
        *folder.glob('jobs/*/records.jsonl'),
        folder / 'benchmark.yaml',
        folder / 'run.json',
    }
    assert sum('records' in path.name for path in opened) == 100
    assert set(opened.values()) == {1}


def test_the_report_of_a_suite_reads_and_computes_everything_once(
    tmp_path: Path, opened: Counter[Path], tested: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ('near', 'far'):
        write_folder(tmp_path / name, rows(3, 2), pictures=False)
    monkeypatch.setattr(FIGURES, lambda results, table: [])
    across: list[int] = []

    def compare_and_count(tables: Mapping[str, Table]) -> Across | None:
        across.append(len(tables))
        return compare_across(tables)

    monkeypatch.setattr('dann.benchmarks.report.suite_report.compare_across', compare_and_count)
    opened.clear()
    assert cli.main(['report', str(tmp_path)]) == 0
    assert (tmp_path / 'figures' / 'critical-difference.png').exists()
    assert tested['bootstrap_interval'] == tested['t_test'] == 4
    assert tested['wilcoxon'] == 4 + 2  # two more over the blocks of both
    assert across == [2]
    assert sum('records' in path.name for path in opened) == 12
    assert set(opened.values()) == {1}


def test_a_folder_is_opened_as_what_it_is(tmp_path: Path) -> None:
    suite = write_suite(tmp_path / 'suite')
    assert isinstance(open_report(suite), SuiteReport)
    assert isinstance(open_report(str(suite / 'day')), BenchmarkReport)
    search = tmp_path / 'search'
    write_folder(search / 'trials', {'source_only': [0.6]}, pictures=False)
    (search / 'budget.json').write_text('{}')
    assert open_report(search).pages == (search / 'trials' / 'report.html',)


def test_tables_and_results_by_any_rule(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {'source_only': [0.6, 0.62], 'dann': [0.8, 0.82]}, pictures=False)
    table = read_table(str(folder), select='last')
    assert (table.rule, table.main(table.rows[1]).accuracy.mean) == ('last', pytest.approx(0.81))  # type: ignore[union-attr]
    assert read_table(folder).rule == 'val/infomax'
    assert read_results(folder, select='oracle')['select'] == 'oracle'
    with pytest.raises(UserError, match='unknown selection rule'):
        read_results(folder, select='val/infomx')


def test_a_report_is_written_where_the_results_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FIGURES, lambda results, table: [])
    suite = write_suite(tmp_path)
    assert write_report(suite, select='val/odd') == (suite / 'day/report.html', suite / 'sim/report.html')
    assert all(page.exists() for page in open_report(suite).pages)
    assert 'val/odd' in (suite / 'day/table.md').read_text()
    assert (suite / 'table.md').read_text() == open_report(suite, 'val/odd').text


def test_rules_are_ranked_by_any_column(tmp_path: Path) -> None:
    found = rank_rules([write_suite(tmp_path)], order='method')
    assert list(found) == ['all benchmarks', 'day', 'sim']
    regrets = [each.method.mean for each in found['sim']]
    assert regrets == sorted(regrets)
    assert regrets[0] < regrets[-1]


def test_the_room_is_light_and_names_what_it_offers() -> None:
    heavy = ('torch', 'numpy', 'scipy', 'matplotlib', 'jinja2', 'yaml')
    code = (
        'import sys, dann.benchmarks as room; '
        f'print([name for name in {heavy} if name in sys.modules]); print(sorted(room.__all__) == room.__all__); '
        'room.read_table; print("torch" in sys.modules)'
    )
    shown = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert shown.stdout.split('\n')[:3] == ['[]', 'True', 'False']
    for name in dann.benchmarks.__all__:
        assert getattr(dann.benchmarks, name).__doc__
    with pytest.raises(AttributeError, match="has no attribute 'tables'"):
        dann.benchmarks.tables  # noqa: B018
