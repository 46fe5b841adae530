"""Measured numbers next to the published ones."""

from typing import Any

import pytest

from dann.benchmarks.plan.recipes import Experiment
from dann.benchmarks.report.paper_comparison import MeasuredRow, comparison, published_gap
from dann.stats.intervals import Estimate


def experiment(**changes: Any) -> Experiment:
    """An experiment with the figures of Ganin et al."""
    config = {'published': {'source_only': 52.25, 'dann': 76.66, 'target_supervised': 95.96}, 'methods': {}}
    fields = {'title': 'A to B', 'needs': (), 'where': 'table 2', 'note': '', 'cited': {}, 'minutes': 1.0}
    return Experiment('a-b', config=config | changes.pop('config', {}), **{**fields, **changes})


def measured(method: str, mean: float | None, **changes: Any) -> MeasuredRow:
    """A row measured with three seeds."""
    accuracy = None if mean is None else Estimate(mean, 0.01, 0.025, 3)
    fields = {'ceiling': method == 'target_supervised', 'difference': None, 'gap_closed': None, 'planned': 3}
    return MeasuredRow(method, accuracy=accuracy, **{**fields, **changes})


def test_measured_figures_stand_next_to_the_published_ones() -> None:
    rows = [
        measured('source_only', 0.53),
        measured('dann', 0.80, gap_closed=0.6),
        measured('mmd', None),
        measured('target_supervised', 0.96),
    ]
    heading, source, dann, mmd, ceiling = comparison(rows, experiment())
    assert [len(line) for line in (source, dann, mmd, ceiling)] == [len(heading)] * 4
    assert source == ['source_only', '53.0 ± 2.5', '—', '—', '3', '52.25', '+0.8', '0 %']
    assert dann == ['dann', '80.0 ± 2.5', '—', '60 %', '3', '76.66', '+3.3', '56 %']
    assert mmd == ['mmd', '—', '—', '—', '0 of 3', '—', '—', '—']
    assert ceiling[0] == 'target_supervised (uses target labels)'


def test_without_published_figures_there_is_no_column_for_them() -> None:
    heading, line = comparison([measured('dann', 0.8)], experiment(config={'published': {}}))
    assert heading == ['method', 'ours', 'vs source-only', 'gap closed', 'n']
    assert line == ['dann', '80.0 ± 2.5', '—', '—', '3']


def test_the_published_gap_needs_three_figures_of_one_table() -> None:
    assert published_gap('dann', experiment(), 'target_supervised') == pytest.approx(
        (76.66 - 52.25) / (95.96 - 52.25)
    )
    assert published_gap('mmd', experiment(), 'target_supervised') is None
    assert published_gap('dann', experiment(), '') is None
    assert published_gap('dann', experiment(cited={'dann': 'another paper'}), 'target_supervised') is None
