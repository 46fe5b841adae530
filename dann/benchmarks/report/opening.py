"""The sentence that a report opens with: what helped, by how much, and how sure that is."""

from __future__ import annotations

from collections import Counter

from dann.benchmarks.report.table import Row, Table, mean
from dann.benchmarks.report.verdicts import verdict
from dann.reporting.notation import BASELINE, percent, points
from dann.stats.intervals import Estimate

MOST_NAMED = 3  # methods that a sentence names


def opening(table: Table) -> str:
    """Return one plain sentence on the method that adds most to source-only."""
    best, base = foremost(table), table.baseline
    if best is None:
        if table.best is None:
            return f'No adaptation method has a completed run on {table.source} → {table.target}.'
        return f'There is no completed {BASELINE} run, so it is not known what adaptation adds.'
    difference = table.main(best).difference
    assert difference is not None
    assert base is not None
    found = verdict(difference)
    of = f'points of target test {table.metric} against training on the source only'
    where = f'{points(mean(table.main(base).accuracy))} % to {points(mean(table.main(best).accuracy))} %'
    if found == 'better':
        return f'{best.method} helped most: {amount(difference)} {of} ({where}; {interval(difference)}).'
    if difference.half_width is None:
        return f'{best.method} is at {amount(difference)} {of} ({where}), but one seed cannot show that it helps.'
    return (
        f'No method is shown to help: the largest difference is that of {best.method}, {amount(difference)} {of} '
        f'({where}; {interval(difference)}).'
    )


def standing(table: Table) -> str:
    """Return how many methods are better and worse, by what rule, and what target labels would give; or nothing."""
    if foremost(table) is None:
        return ''
    verdicts = Counter(verdict(table.main(row).difference) for row in table.adapted)
    words = {
        'better': 'better than source-only',
        'worse': 'worse',
        'no difference shown': 'not told apart from it',
    }
    counted = [f'{verdicts[each]} {word}' for each, word in words.items() if verdicts[each]]
    text = (
        f'{len(table.adapted)} methods: {", ".join(counted)}. ' if counted and len(table.adapted) > 1 else ''
    )
    text += f'Evaluations are chosen by {table.rule}.'
    ceiling = table.ceiling
    if ceiling is not None and table.main(ceiling).accuracy is not None:
        text += f' Training on target labels reaches {percent(table.main(ceiling).accuracy)} %.'
    return text


def lost(table: Table) -> str:
    """Return which methods are shown to cost accuracy on the source, the worst first."""
    found = {row.method: table.main(row).source_difference for row in table.adapted}
    falls = sorted(
        (each.mean, f'{method} {percent(each, signed=True)}')
        for method, each in found.items()
        if each is not None and verdict(each) == 'worse'
    )
    if not falls:
        return 'No method is shown to lose accuracy on the source.'
    named = ', '.join(text for _, text in falls[:MOST_NAMED])
    rest = f' and {len(falls) - MOST_NAMED} more' if len(falls) > MOST_NAMED else ''
    return f'{len(falls)} of {len(table.adapted)} methods lose accuracy on the source: {named}{rest} points.'


def foremost(table: Table) -> Row | None:
    """Return the adapted row with the largest difference: of those that are better, or else of all."""
    compared = [row for row in table.adapted if table.main(row).difference is not None]
    better = [row for row in compared if verdict(table.main(row).difference) == 'better']
    return max(better or compared, key=lambda row: mean(table.main(row).difference), default=None)


def amount(difference: Estimate) -> str:
    """Return the mean of a difference in points."""
    return points(difference.mean, signed=True)


def interval(difference: Estimate) -> str:
    """Return the interval of a difference from several seeds; of two, both of them."""
    if difference.pair is not None:
        return 'two seeds, ' + ' and '.join(points(each, signed=True) for each in difference.pair)
    half = difference.half_width or 0.0
    low, high = (points(difference.mean + sign * half, signed=True) for sign in (-1, 1))
    return f'95 % interval {low} to {high}, {difference.n} seeds'
