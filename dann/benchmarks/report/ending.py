"""What a benchmark says on the terminal when it ends: the result, a table of 80 columns, and what to do next."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Sequence
from pathlib import Path

from dann.benchmarks.report.table import Row, Table, mean
from dann.benchmarks.report.unlabelled import ESTIMATES, Ranking
from dann.benchmarks.report.unlabelled_words import headline
from dann.benchmarks.report.verdicts import verdict
from dann.core.shown import shown
from dann.reporting.notation import ABSENT, BASELINE, VERSUS, percent

WIDTH = 79
AGREEMENT = ('as most rows', 'as source-only')
HEADER = ('method', 'target %', VERSUS, 'source kept', 'seeds')


def ending(table: Table, folder: Path, command: str) -> str:
    """Return the last lines of ``dann benchmark``.

    Args:
        table: Of the benchmark.
        folder: Of its results.
        command: As the user typed it.
    """
    seeds = max((len(row.seeds) for row in table.rows), default=0)
    return _joined(
        [
            *textwrap.wrap(f'{table.title}: {sentence(table)}', WIDTH),
            '',
            *narrow(table),
            *textwrap.wrap(f'target: test {table.metric} in %{table.tested.phrase}', WIDTH),
            '',
            f'Report:     {folder / "report.html"} (open it in a browser; table.md and table.csv lie beside it)',
            *_use(table, folder, 'Use it:     '),
            f'More seeds: {with_seeds(command, 2 * seeds)}',
        ]
    )


def ranking_ending(ranking: Ranking, folder: Path) -> str:
    """Return the last lines of ``dann benchmark`` on a target without labels: estimates, and no accuracy.

    Args:
        ranking: Of the benchmark.
        folder: Of its results.
    """
    return _joined(
        [
            *textwrap.wrap(f'{ranking.title}: {sentence(ranking)}', WIDTH),
            '',
            *aligned([(*('method', ranking.rule), *ESTIMATES, *AGREEMENT, 'seeds'), *_ranked(ranking)]),
            *textwrap.wrap(
                'ATC, DoC, COT: estimated accuracy in %; as most rows, as source-only: share of predictions in %'
                + ranking.tested.phrase,
                WIDTH,
            ),
            '',
            f'Report: {folder / "report.html"} (open it in a browser; it says how far such estimates were off)',
            *_use(ranking, folder, 'Use it: '),
        ]
    )


def _joined(lines: list[str]) -> str:
    return '\n'.join(map(shown, lines))


def _use(table: Table, folder: Path, label: str) -> list[str]:
    best = table.best
    return [f'{label}dann predict {folder} IMAGES --method {shlex.quote(best.method)}'] if best else []


def _ranked(ranking: Ranking) -> list[tuple[str, ...]]:
    lines = []
    for row in ranking.rows:
        known = ranking.standing(row)
        score = ABSENT if known.score is None else f'{known.score.mean:.3f}'
        shares = [*(known.estimates.get(name) for name in ESTIMATES), known.majority, known.baseline]
        figures = (ABSENT if share is None else f'{100 * share.mean:.1f}' for share in shares)
        lines.append((row.method[:24], score, *figures, str(len(row.seeds))))
    return lines


def sentence(table: Table) -> str:
    """Return the result in one sentence."""
    return headline(table) if isinstance(table, Ranking) else what_helped(table)


def with_seeds(command: str, seeds: int) -> str:
    """Return a command line with another number of seeds."""
    return f'{re.sub(r" --seeds[ =][0-9]+", "", command)} --seeds {seeds}'


def what_helped(table: Table) -> str:
    """Return one sentence: how many rows are better than source-only, and by how much the best of them is."""
    base = table.baseline
    if base is None or table.main(base).accuracy is None:
        return f'there is no completed {BASELINE} run, so nothing can be compared with it.'
    better = [row for row in table.adapted if verdict(table.main(row).difference) == 'better']
    worse = [row for row in table.adapted if verdict(table.main(row).difference) == 'worse']
    words = f'{len(better)} of {len(table.adapted)} methods are better than source-only'
    words += f', which reaches {percent(table.main(base).accuracy)} %'
    if better:
        best = max(better, key=lambda row: mean(table.main(row).difference))
        words += f'; {best.method} most: {percent(table.main(best).difference, signed=True)} points'
    if worse:
        words += f'; worse: {", ".join(row.method for row in worse)}'
    return words + '.'


def narrow(table: Table) -> list[str]:
    """Return the table as lines of plain text: a star marks a difference whose interval excludes zero."""
    rows = [HEADER, *(_texts(row, table) for row in table.rows if row.seeds)]
    return [*aligned(rows), '* the interval excludes zero; source kept: source accuracy against source-only']


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines of columns: the first to the left, the others to the right."""
    rows = [[shown(text) for text in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        '  '.join(
            [
                row[0].ljust(widths[0]),
                *(text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True)),
            ]
        )
        for row in rows
    ]


def _texts(row: Row, table: Table) -> tuple[str, ...]:
    cell = table.main(row)
    difference = ABSENT if cell.difference is None else percent(cell.difference, signed=True)
    star = '*' if verdict(cell.difference) in ('better', 'worse') else ' '
    kept = ABSENT if cell.source_difference is None else percent(cell.source_difference, signed=True)
    name = row.method + ' (its labels)' * row.uses_target_labels
    return name[:32], percent(cell.accuracy), f'{difference}{star}', kept, str(len(row.seeds))
