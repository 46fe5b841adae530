"""Figures of groups in words and tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from dann.benchmarks.fairness.measured import Figure, GroupRow
from dann.benchmarks.fairness.words import (
    MOST,
    about_intervals,
    accuracy_grid,
    calibration_grid,
    change,
    difference_grid,
    sentences,
    shown_groups,
    value,
)
from dann.stats.grouped import ODDS, PARITY, WORST
from dann.stats.intervals import estimate


def figure(
    *values: float, difference: tuple[float, ...] = (), between: tuple[float, float] | None = None
) -> Figure:
    runs = dict(enumerate(values))
    interval = (values[0] - 0.05, values[0] + 0.05) if len(values) == 1 else None
    return Figure(runs, interval, estimate(values), estimate(difference) if difference else None, between)


def row(
    method: str,
    figures: Mapping[str, Figure] = MappingProxyType({}),
    names: tuple[str, ...] = ('dark', 'light'),
) -> GroupRow:
    own = {
        f'{name}/{kind}': figure(0.5 + place / 100, 0.52 + place / 100)
        for place, name in enumerate(names)
        for kind in ('accuracy', 'calibration_error')
    }
    across = {name: figure(0.4, 0.5) for name in (WORST, ODDS, PARITY)}
    return GroupRow(
        method, names, dict.fromkeys(names, 1200), {**own, **across, **figures}, {ODDS: 0.1, PARITY: 0.05}, {}
    )


SURE = figure(0.6, 0.6, 0.6, difference=(0.09, 0.10, 0.11))
UNSURE = figure(0.6, 0.6, 0.6, difference=(-0.2, 0.0, 0.2))


def test_a_figure_has_its_interval_over_seeds_or_over_samples() -> None:
    assert value(figure(0.4, 0.5)) == '45.0 (40.0, 50.0)'
    assert value(figure(0.4)) == '40.0 [35.0, 45.0]'
    assert value(None) == '—'


def test_a_difference_is_bold_where_its_interval_excludes_zero() -> None:
    assert change(SURE) == '**+10.0 ± 2.5**'
    assert not change(UNSURE).startswith('**')
    assert change(figure(0.4)) == '—'
    assert change(figure(0.4, difference=(0.1,), between=(0.05, 0.15))) == '**+10.0 [+5.0, +15.0]**'
    assert change(figure(0.4, difference=(0.1,), between=(-0.05, 0.15))) == '+10.0 [-5.0, +15.0]'


def test_every_grid_has_a_line_for_each_row() -> None:
    rows = [row('source_only'), row('dann', {WORST: SURE})]
    accuracies = accuracy_grid(rows)
    assert accuracies[0] == ['method', 'dark (1,200)', 'light (1,200)', 'worst group', 'vs source-only']
    assert accuracies[2][-1] == '**+10.0 ± 2.5**'
    assert difference_grid(rows)[1] == [
        'source_only',
        '45.0 (40.0, 50.0)',
        '10.0',
        '—',
        '45.0 (40.0, 50.0)',
        '5.0',
        '—',
    ]
    assert calibration_grid(rows)[0] == ['method', 'dark', 'light']
    for grid in (accuracies, difference_grid(rows), calibration_grid(rows)):
        assert {len(line) for line in grid} == {len(grid[0])}
        assert len(grid) == 3


def test_of_many_groups_those_that_fare_worst_have_a_column() -> None:
    names = tuple(f'camera {number}' for number in range(12))
    turned = row('source_only', names=names[::-1])
    assert shown_groups([turned]) == names[::-1][:MOST]
    lacking = replace(
        turned, figures={k: v for k, v in turned.figures.items() if not k.startswith('camera 11/')}
    )
    assert 'camera 11' not in shown_groups([lacking])


def test_sentences_say_what_is_beyond_doubt_alone() -> None:
    base = row('source_only')
    less = figure(0.2, 0.2, 0.2, difference=(-0.09, -0.10, -0.11))
    assert sentences([base, row('dann', {WORST: SURE, ODDS: less})]) == [
        'dann raises the worst group (+10.0 ± 2.5 points).',
        'dann narrows the difference between groups (-10.0 ± 2.5 points).',
    ]
    assert sentences([base, row('dann', {WORST: less, ODDS: SURE})]) == [
        'dann lowers the worst group (-10.0 ± 2.5 points).',
        'dann widens the difference between groups (+10.0 ± 2.5 points).',
    ]
    unsure = [row('dann', {WORST: UNSURE}), row('mmd', {ODDS: UNSURE})]
    assert sentences([base, *unsure]) == [
        'No change of the worst group or of the odds difference is shown for dann, mmd.'
    ]
    ceiling = replace(row('target_supervised', {WORST: SURE}), uses_target_labels=True)
    assert sentences([base, ceiling]) == []
    assert accuracy_grid([base, ceiling])[2][0] == 'target_supervised (uses target labels)'
    assert sentences([base]) == []


def test_a_row_of_another_protocol_is_marked_and_not_spoken_of() -> None:
    mixed = replace(row('mmd', {WORST: SURE}), mixed=('steps',))
    assert accuracy_grid([row('source_only'), mixed])[2][0] == 'mmd †'
    assert sentences([row('source_only'), mixed]) == [
        '† another protocol than most rows, so not compared with source-only.'
    ]


def test_groups_without_a_column_are_counted() -> None:
    many = row('source_only', names=tuple(f'camera {number}' for number in range(12)))
    assert sentences([many]) == [
        '4 of 12 groups have no column: shown are those that fare worst under source_only; --json has all.'
    ]


def test_intervals_are_explained_that_are_there() -> None:
    assert 'Square brackets' not in about_intervals([row('source_only')])
    alone = GroupRow('dann', (), {}, {WORST: figure(0.4)}, {}, {})
    assert about_intervals([alone]).startswith('Square brackets')
    assert about_intervals([alone, row('x')]).startswith('±')
