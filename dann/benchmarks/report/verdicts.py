"""The table in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dann.benchmarks.comparison.judging import in_words
from dann.benchmarks.report.table import Row, Table
from dann.core.families import family_name as family_name
from dann.core.families import in_order as in_order
from dann.reporting.notation import BASELINE, CEILING_TAG, percent
from dann.stats.intervals import Estimate

MIXED = ' †'


def verdict(difference: Estimate | None) -> str:
    """Return what ``difference`` shows: ``better``, ``worse``, ``no difference shown``, or why nothing."""
    if difference is None:
        return 'not compared'
    if difference.excludes_zero is None:
        return 'one seed, no interval'
    if not difference.excludes_zero:
        return 'no difference shown'
    return 'better' if difference.mean > 0 else 'worse'


def sentences(table: Table) -> list[str]:
    """Return a sentence a family: which of its methods differ from source-only by the benchmark's rule."""
    if table.baseline is None or table.main(table.baseline).accuracy is None:
        return [f'There is no completed {BASELINE} run, so nothing can be compared with it.']
    present = {row.family for row in table.adapted}
    return [
        f'{family_name(family)}: '
        + '; '.join(_clause(row, table) for row in table.adapted if row.family == family)
        + '.'
        for family in in_order(present)
    ]


def _clause(row: Row, table: Table) -> str:
    difference = table.main(row).difference
    if difference is None:
        return f'{row.method} shares no seed with source-only: not compared'
    claim = {
        'better': 'better than source-only (interval excludes zero)',
        'worse': 'worse than source-only (interval excludes zero)',
        'no difference shown': 'no difference from source-only shown (interval includes zero)',
    }.get(verdict(difference), 'one seed, so no interval and no verdict')
    return f'{row.method} {percent(difference, signed=True)} points: {claim}'


def headline(table: Table) -> str:
    """Return the result in one sentence, with the numbers it rests on."""
    best, baseline = table.best, table.baseline
    if best is None:
        return f'No adaptation method has a completed run on {table.source} → {table.target}.'
    rivals = len(table.adapted)
    rank = (
        f'has the highest target test {table.metric} of {rivals} adaptation methods:'
        if rivals > 1
        else 'reaches'
    )
    score = percent(table.main(best).accuracy)
    text = f'On {table.source} → {table.target}, {best.method} {rank} {score} % (selected by {table.rule})'
    if baseline is None or table.main(baseline).accuracy is None:
        return text + '.'
    difference, gap = table.main(best).difference, table.main(best).gap_closed
    text += f', where source-only training reaches {percent(table.main(baseline).accuracy)} %'
    if difference is not None:
        text += f' ({percent(difference, signed=True)} points, {verdict(difference)})'
    if gap is not None and gap > 0 and table.ceiling is not None:
        top = percent(table.main(table.ceiling).accuracy)
        text += f'. That is {100 * gap:.0f} % of the way to training on target labels, {top} %'
    return text + '.'


def notes(table: Table) -> list[str]:
    """Return how to read the table: selection, intervals, what is missing."""
    lines = [
        f'{table.metric.capitalize()} on the target test split, in %. '
        'The evaluation each number is read at is chosen by '
        + '; '.join(f'**{rule}**: {_meaning(rule)}' for rule in table.rules)
        + '.',
        _intervals(table),
    ]
    lines += [in_words(each) for each in (table.evaluation,) if each is not None]
    if table.ceiling is not None:
        lines.append(f'{table.ceiling.method} {CEILING_TAG}: it is a ceiling, not an adaptation method.')
    lines += [
        f'{row.method}{MIXED} follows another protocol, so that it is no comparison: {"; ".join(row.mixed)}.'
        for row in table.rows
        if row.mixed
    ]
    lines += [f'Incomplete: {_incomplete(row)}.' for row in table.rows if row.missing]
    lines += [f'{line[:1].upper()}{line[1:]}.' for line in table.unchosen]
    if table.search:
        lines.append(_searched(table.search))
    if not table.published:
        lines.append('No published figure is recorded for this pair.')
    return lines


def _meaning(rule: str) -> str:
    if rule == 'last':
        return 'the last step, no choice'
    if rule == 'oracle':
        return 'the highest accuracy on the *labelled* target validation split'
    reads = 'which reads target labels' if rule.startswith('oracle/') else 'no target label read'
    return f'the highest value of that score, {reads}'


def _searched(budget: Mapping[str, Any]) -> str:
    return (
        f'Hyper-parameters of every row were searched with {spoken(budget)} ({budget["sampler"]}, '
        f'seed {budget["seed"]}), compared by {budget["select"]}; no target label was read.'
    )


def spoken(budget: Mapping[str, Any]) -> str:
    """Return what a search spends on each method, for example ``20 trials x 1 seed x 400 steps``."""
    kinds = ((budget[f'{kind}s'], kind) for kind in ('trial', 'seed', 'step'))
    return ' x '.join(f'{count} {kind}' + ('' if count == 1 else 's') for count, kind in kinds)


def _intervals(table: Table) -> str:
    counts = sorted({len(row.seeds) for row in table.rows if row.seeds})
    n = str(counts[0]) if len(counts) == 1 else f'{counts[0]} to {counts[-1]}'
    if counts[-1] == 1:
        return 'n = 1 seed, so there is no ±: intervals need two seeds.'
    text = (
        f'± is the half-width of the 95 % Student-t interval over seeds (n = {n}, n - 1 degrees of freedom); '
        'differences from source-only are paired by seed; intervals are not corrected for comparing several '
        'methods; bold: the interval excludes zero.'
    )
    return text if counts[0] > 1 else f'{text} Rows with one seed have no ±: intervals need two seeds.'


def _incomplete(row: Row) -> str:
    missing = ', '.join(map(str, row.missing))
    kept = len(row.planned) - len(row.missing)
    return f'{row.method} has {kept} of {len(row.planned)} planned seeds (missing: {missing})'
