"""Figures of groups over seeds and against source-only, in a folder whose groups are known."""

from __future__ import annotations

from pathlib import Path

import pytest
from fairness_fake import RIGHT, write_grouped

from dann.benchmarks.fairness.measured import GroupRow, measured
from dann.benchmarks.report.report import table_of
from dann.benchmarks.results.opened import Results
from dann.core.errors import RunError
from dann.stats.grouped import ODDS, PARITY, WORST


def rows_of(folder: Path, select: str | None = None, domain: str = 'target') -> dict[str, GroupRow]:
    results = Results.open(folder)
    return {row.method: row for row in measured(results, table_of(results, select), domain)}


def test_figures_are_means_over_seeds_and_differences_are_paired(tmp_path: Path) -> None:
    rows = rows_of(write_grouped(tmp_path))
    assert list(rows) == list(RIGHT)
    base, dann = rows['source_only'], rows['dann']
    assert base.sizes == {'dark': 200, 'light': 200}
    assert base.figures[WORST].runs == pytest.approx({0: 0.4, 1: 0.42, 2: 0.44})
    assert base.figures[WORST].over_seeds.mean == pytest.approx(0.42)
    assert base.figures[WORST].difference is None
    assert base.figures[PARITY].over_seeds.mean == 0
    assert base.figures[ODDS].over_seeds.mean == pytest.approx(0.4)
    gain = dann.figures[WORST].difference
    assert gain is not None
    assert (gain.mean, gain.half_width) == pytest.approx((0.3, 0.0))
    assert dann.figures[WORST].changed
    assert dann.figures[ODDS].over_seeds.mean == pytest.approx(0.12)


def test_a_rule_chooses_the_evaluation_that_is_read(tmp_path: Path) -> None:
    rows = rows_of(write_grouped(tmp_path), 'val/infomax')  # highest at step 300, where 20 fewer are right
    assert rows['dann'].figures[WORST].runs[0] == pytest.approx(0.6)


def test_of_one_seed_the_interval_is_one_over_samples(tmp_path: Path) -> None:
    rows = rows_of(write_grouped(tmp_path, seeds=1, rows={'source_only': (80, 160), 'dann': (140, 161)}))
    worst, light = rows['dann'].figures[WORST], rows['dann'].figures['light/accuracy']
    assert worst.interval is not None
    low, high = worst.interval
    assert low < 0.7 < high
    assert worst.difference is not None
    assert worst.difference.half_width is None
    assert worst.difference_interval is not None
    assert worst.difference_interval[0] > 0
    assert worst.changed
    assert not light.changed  # one sample more


def test_chance_is_measured_beside_the_differences(tmp_path: Path) -> None:
    rows = rows_of(write_grouped(tmp_path))
    assert rows['source_only'].figures[ODDS].over_seeds.mean > rows['source_only'].chance[ODDS]
    assert 0 < rows['dann'].chance[PARITY] < 0.2


def test_only_domains_with_groups_have_rows(tmp_path: Path) -> None:
    folder = write_grouped(tmp_path, domains=('source',))
    assert rows_of(folder) == {}
    assert rows_of(folder, domain='source').keys() == RIGHT.keys()


def test_a_file_that_was_changed_or_lost_is_an_error_and_no_missing_seed(tmp_path: Path) -> None:
    folder = write_grouped(tmp_path)
    path = next(folder.glob('jobs/dann-seed1-*/groups/step-00400.npz'))
    path.unlink()
    with pytest.raises(RunError, match='is missing'):
        rows_of(folder)
