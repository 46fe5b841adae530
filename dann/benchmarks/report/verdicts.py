"""Sentences about a table: verdicts, the headline, and notes on how to read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dann.benchmarks.comparison.judging import in_words
from dann.benchmarks.report.learning_words import not_learned
from dann.benchmarks.report.rendering import render_lines
from dann.benchmarks.report.table import Row, Table
from dann.core.families import family_name, in_order
from dann.reporting.notation import BASELINE, CEILING_TAG, about_spread, percent
from dann.stats.intervals import Estimate

MIXED = ' †'


def verdict(difference: Estimate | None) -> str:
    """Return ``better``, ``worse``, ``no difference shown``, or the reason why nothing can be said."""
    if difference is None:
        return 'not compared'
    if difference.excludes_zero is None:
        return 'one seed, no interval'
    if not difference.excludes_zero:
        return 'no difference shown'
    return 'better' if difference.mean > 0 else 'worse'


def sentences(table: Table) -> list[str]:
    """Return one sentence for each family, which of its methods differ from source-only, and one on forgetting."""
    if table.baseline is None or table.main(table.baseline).accuracy is None:
        return [f'There is no completed {BASELINE} run, so nothing can be compared with it.']
    present = {row.family for row in table.adapted}
    return [
        f'{family_name(family)}: '
        + '; '.join(_clause(row, table) for row in table.adapted if row.family == family)
        + '.'
        for family in in_order(present)
    ] + [*not_learned(table), *_forgetting(table)]


def _forgetting(table: Table) -> list[str]:
    """Return one sentence that names the rows whose accuracy on the source falls, or none."""
    differences = {row.method: table.main(row).source_difference for row in table.rows}
    falls = [
        f'{method} {percent(difference, signed=True)}'
        for method, difference in differences.items()
        if difference is not None and verdict(difference) == 'worse'
    ]
    if not falls:
        return []
    interval = 'interval excludes' if len(falls) == 1 else 'intervals exclude'
    what = 'points of accuracy on the source test split, against source-only'
    return [f'Forgetting: {", ".join(falls)} {what} ({interval} zero).']


def _fewer_seeds(table: Table) -> list[str]:
    """Return, for each adapted row whose accuracy on the source is known for some seeds only, what it rests on."""
    pairs = ((row.method, table.main(row)) for row in table.adapted if table.tests_source)
    counts = {
        method: (each.source_difference.n if each.source_difference else 0, each.difference.n)
        for method, each in pairs
        if each.difference
    }
    return [f'{method} {known} of {n}' for method, (known, n) in counts.items() if known < n]


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
    """Return how to read the table: selection, intervals, what is missing. Their text is in ``notes.md.j2``."""
    counts = {len(row.seeds) for row in table.rows if row.seeds}
    return render_lines(
        'notes.md',
        table=table,
        meaning=_meaning,
        spread=about_spread(min(counts), max(counts)),
        many=max(counts) > 1,
        evaluation=in_words(table.evaluation) if table.evaluation else '',
        ceiling_tag=CEILING_TAG,
        mixed_mark=MIXED,
        fewer_seeds=_fewer_seeds(table),
        budget=spoken(table.search) if table.search else '',
        batch_norms=_batch_norms(table),
    )


def _batch_norms(table: Table) -> list[str]:
    """Return each policy of batch norm with the rows that have it; none where no row says."""
    found: dict[str, list[str]] = {}
    for row in table.rows:
        if row.batch_norm:
            found.setdefault(row.batch_norm.replace('_', ' '), []).append(row.method)
    common = max(found, key=lambda policy: len(found[policy]), default='')
    return [
        f'{policy} {"for all rows" if len(found) == 1 else "for " + ", ".join(names)}'
        if policy != common or len(found) == 1
        else f'{policy} for the others'
        for policy, names in sorted(found.items(), key=lambda item: item[0] == common)
    ]


def _meaning(rule: str) -> str:
    if rule == 'last':
        return 'the last step, no choice'
    if rule == 'oracle':
        return 'the highest accuracy on the *labelled* target validation split'
    reads = 'which reads target labels' if rule.startswith('oracle/') else 'no target label read'
    return f'the highest value of that score, {reads}'


def spoken(budget: Mapping[str, Any]) -> str:
    """Return what a search spends on each method, for example ``20 trials x 1 seed x 400 steps``."""
    kinds = ((budget[f'{kind}s'], kind) for kind in ('trial', 'seed', 'step'))
    return ' x '.join(f'{count} {kind}' + ('' if count == 1 else 's') for count, kind in kinds)
