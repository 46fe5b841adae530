"""Figures of groups as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from dann.benchmarks.fairness.measured import Figure, GroupRow
from dann.benchmarks.report.verdicts import MIXED
from dann.reporting.markdown import Grid
from dann.reporting.notation import ABSENT, BASELINE, VERSUS, percent, points
from dann.stats.group_intervals import Interval
from dann.stats.grouped import ACCURACY, CALIBRATION, ODDS, PARITY, WORST

MOST = 8  # groups that have a column: of more, those that fare worst in the first row
READING = (
    "Accuracy is the share of a group's test samples that are right; calibration error how far that share lies from "
    'the mean confidence, over 15 bins, in points.',
    'Odds difference: how far apart the rates lie at which groups are given a class, among samples of that class or '
    'among the others; parity difference: the same among all samples. Both are defined for two outcomes: of several '
    'classes each is held against the rest, and the largest difference counts.',
    'By chance: the difference that a network which treats groups alike stays below in 95 of 100 cases, with so few '
    'samples. A difference below it shows nothing.',
)


def accuracy_grid(rows: Sequence[GroupRow]) -> Grid:
    """Return the accuracy of each group, of the worst one, and what the worst gains on source-only; heading first."""
    names = shown_groups(rows)
    heading = [
        'method',
        *(f'{name} ({rows[0].sizes.get(name, 0):,})' for name in names),
        'worst group',
        VERSUS,
    ]
    return [heading, *([row.label, *_accuracies(row, names)] for row in rows)]


def _accuracies(row: GroupRow, names: Sequence[str]) -> list[str]:
    worst = row.figures[WORST]
    return [*(value(row.figures.get(f'{name}/{ACCURACY}')) for name in names), value(worst), change(worst)]


def difference_grid(rows: Sequence[GroupRow]) -> Grid:
    """Return the differences between groups, beside what chance makes of them; heading first."""
    each = ('by chance', VERSUS)
    return [
        ['method', 'odds difference', *each, 'parity difference', *each],
        *([row.label, *(text for name in (ODDS, PARITY) for text in _difference(row, name))] for row in rows),
    ]


def _difference(row: GroupRow, name: str) -> list[str]:
    figure = row.figures[name]
    return [value(figure), points(row.chance[name]), change(figure)]


def further_grid(rows: Sequence[GroupRow], names: Sequence[str]) -> Grid:
    """Return the user's own metrics and what they gain on source-only; heading first."""
    heading = ['method', *(text for name in names for text in (name, VERSUS))]
    figures = ([row.figures[name] for name in names] for row in rows)
    cells = ([text for figure in each for text in (value(figure), change(figure))] for each in figures)
    return [heading, *([row.label, *each] for row, each in zip(rows, cells, strict=True))]


def calibration_grid(rows: Sequence[GroupRow]) -> Grid:
    """Return the calibration error of each group; heading first."""
    names = shown_groups(rows)
    errors = ([value(row.figures.get(f'{name}/{CALIBRATION}')) for name in names] for row in rows)
    return [['method', *names], *([row.label, *each] for row, each in zip(rows, errors, strict=True))]


def shown_groups(rows: Sequence[GroupRow]) -> tuple[str, ...]:
    """Return the groups that have a column: all, or those that fare worst in the first row."""
    first = rows[0]
    if len(first.names) <= MOST:
        return first.names
    known = [name for name in first.names if f'{name}/{ACCURACY}' in first.figures]
    return tuple(sorted(known, key=lambda name: first.figures[f'{name}/{ACCURACY}'].over_seeds.mean)[:MOST])


def value(figure: Figure | None) -> str:
    """Return a figure in percent: with its interval over seeds or, of one seed, over samples in brackets."""
    if figure is None:
        return ABSENT
    if figure.over_seeds.n > 1:
        return percent(figure.over_seeds)
    brackets = '' if figure.interval is None else f' {_bracketed(figure.interval)}'
    return points(figure.over_seeds.mean) + brackets


def change(figure: Figure) -> str:
    """Return the difference from source-only in points, bold where its interval excludes zero."""
    if figure.difference is None:
        return ABSENT
    text = percent(figure.difference, signed=True)
    if figure.difference_interval is not None:
        text = f'{text} {_bracketed(figure.difference_interval, signed=True)}'
    return f'**{text}**' if figure.changed else text


def _bracketed(interval: Interval, *, signed: bool = False) -> str:
    return f'[{", ".join(points(end, signed=signed) for end in interval)}]'


def sentences(rows: Sequence[GroupRow]) -> list[str]:
    """Return what each row without target labels does to the worst group and to the difference between groups.

    Rows of which nothing is beyond doubt are named too.
    """
    adapted = [row for row in rows if row.method != BASELINE and not (row.uses_target_labels or row.mixed)]
    changes = {row.method: _changes(row) for row in adapted}
    silent = [method for method, texts in changes.items() if not texts]
    found = [text for texts in changes.values() for text in texts]
    hidden = len(rows[0].names) - len(shown_groups(rows))
    if hidden:
        found.append(
            f'{hidden} of {len(rows[0].names)} groups have no column: shown are those that fare worst under '
            f'{rows[0].method}; --json has all.'
        )
    if any(row.mixed for row in rows):
        found.append(f'{MIXED.strip()} another protocol than most rows, so not compared with source-only.')
    if silent:
        found.append(
            f'No change of the worst group or of the odds difference is shown for {", ".join(silent)}.'
        )
    return found


def _changes(row: GroupRow) -> list[str]:
    words = {WORST: ('raises the worst group', 'lowers the worst group'), ODDS: ('widens', 'narrows')}
    ends = {WORST: '', ODDS: ' the difference between groups'}
    found = []
    for name, (more, less) in words.items():
        figure = row.figures[name]
        if figure.changed and figure.difference is not None:
            verb = more if figure.difference.mean > 0 else less
            found.append(f'{row.method} {verb}{ends[name]} ({change(figure).strip("*")} points).')
    return found


def about_intervals(rows: Sequence[GroupRow]) -> str:
    """Return how to read the intervals of these rows."""
    seeds = {figure.over_seeds.n for row in rows for figure in row.figures.values()}
    over = '± is the half-width of the 95 % interval over seeds; of two seeds both values stand in brackets.'
    alone = 'Square brackets are 95 % bootstrap intervals over the test samples of the one seed.'
    return ' '.join([*([over] if max(seeds) > 1 else []), *([alone] if 1 in seeds else [])])
