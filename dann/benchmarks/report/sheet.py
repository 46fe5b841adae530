"""A table as it is printed: every text is worked out here, once, and all formats read it."""

from __future__ import annotations

from dataclasses import dataclass, field

from dann.benchmarks.report import significance_words
from dann.benchmarks.report.beyond import unseen_grid, unseen_sentences
from dann.benchmarks.report.table import Cell, Row, Table
from dann.benchmarks.report.verdicts import MIXED, headline, notes, sentences, verdict
from dann.benchmarks.report.worst_served import worst_grid
from dann.core.families import family_name
from dann.reporting.markdown import Grid
from dann.reporting.notation import ABSENT, BASELINE, CEILING_TAG, VERSUS, percent, points
from dann.stats.intervals import Estimate

DIFFERENCE, VERDICT, KEPT = VERSUS, 'verdict', 'source kept'


@dataclass(frozen=True, slots=True)
class Entry:
    """One printed cell.

    Args:
        text: What is printed.
        value: The number behind it, by which the page sorts; ``None`` where there is none.
        kind: How the page colours it: the verdict's first word, or ``incomplete``.
        bold: Whether Markdown prints it bold, because the interval excludes zero.
    """

    text: str
    value: float | None
    kind: str = ''
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it is printed.

    Args:
        row: The row.
        family: Its family as it is printed.
        entries: A cell for each column after method and family.
    """

    row: Row
    family: str
    entries: tuple[Entry, ...]

    @property
    def texts(self) -> list[str]:
        """The row as plain text, the marks of a ceiling or of another protocol behind the method's name."""
        return [self._name, self.family, *(entry.text for entry in self.entries)]

    @property
    def marked_texts(self) -> list[str]:
        """The row as Markdown."""
        return [self._name, self.family, *(marked(entry.text, bold=entry.bold) for entry in self.entries)]

    @property
    def _name(self) -> str:
        name = f'{self.row.method} ({CEILING_TAG})' if self.row.uses_target_labels else self.row.method
        return name + (MIXED if self.row.mixed else '')


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that the formats print of one table.

    Args:
        table: The table.
        columns: Names of the columns: method, family, and one for each entry of a line.
        lines: The rows.
        differences: The difference from source-only under every rule, as Markdown, its heading first.
        tests: The tests against source-only, their heading first; empty where no row has two seeds.
        headline: The result in one sentence.
        sentences: What each family's methods show.
        notes: How to read the table, as Markdown.
        reading: How to read the tests; empty without a comparison.
        worst: The classes and groups that fare worst, as Markdown, their heading first; empty where records do not say.
        unseen: The accuracy on domains that no training saw, in the same way.
    """

    table: Table
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    differences: Grid
    tests: Grid
    headline: str
    sentences: tuple[str, ...]
    notes: tuple[str, ...]
    reading: tuple[str, ...]
    worst: Grid = field(default_factory=list)
    unseen: Grid = field(default_factory=list)

    @property
    def grid(self) -> Grid:
        """The table as Markdown, its heading first."""
        return [list(self.columns), *(line.marked_texts for line in self.lines)]


def sheet(table: Table) -> Sheet:
    """Return ``table`` as it is printed."""
    return Sheet(
        table=table,
        columns=_columns(table),
        lines=tuple(
            Line(row, family_name(row.family) if row.family else ABSENT, _entries(row, table))
            for row in table.rows
        ),
        differences=_differences(table),
        tests=significance_words.grid(table.comparisons),
        headline=headline(table),
        sentences=(*sentences(table), *unseen_sentences(table)),
        notes=tuple(notes(table)),
        reading=tuple(significance_words.reading(table.comparisons)),
        worst=worst_grid(table),
        unseen=unseen_grid(table),
    )


def marked(text: str, *, bold: bool) -> str:
    """Return ``text`` as Markdown, bold or not."""
    return f'**{text}**' if bold else text


def _columns(table: Table) -> tuple[str, ...]:
    kept = (KEPT,) if table.tests_source else ()
    paper = ('paper',) if table.published else ()
    return ('method', 'family', *table.rules, DIFFERENCE, VERDICT, 'gap closed', *kept, 'n', *paper)


def _entries(row: Row, table: Table) -> tuple[Entry, ...]:
    cell = table.main(row)
    difference, gap, found = cell.difference, cell.gap_closed, verdict(cell.difference)
    kind = found.split()[0]
    entries = (
        *(_measured(row.cells[rule].accuracy) for rule in table.rules),
        Entry(percent(difference, signed=True), _mean(difference), kind, _excludes_zero(difference)),
        Entry(found if difference else ABSENT, _mean(difference), kind),
        Entry(ABSENT if gap is None else f'{100 * gap + 0.0:.0f} %', gap),
        *([_kept(row, cell)] if table.tests_source else []),
        Entry(_seeds(row), len(row.seeds), 'incomplete' if row.missing else ''),
    )
    return (*entries, _published(row)) if table.published else entries


def _kept(row: Row, cell: Cell) -> Entry:
    """Return the difference from source-only on the source, or of source-only the accuracy that it starts from."""
    if row.method == BASELINE:
        return Entry(percent(cell.source_accuracy), None)  # no difference, by which the page sorts
    difference = cell.source_difference
    kind = verdict(difference).split()[0] if difference else ''
    return Entry(percent(difference, signed=True), _mean(difference), kind, _excludes_zero(difference))


def _published(row: Row) -> Entry:
    return Entry(ABSENT if row.published is None else points(row.published), row.published)


def _measured(value: Estimate | None) -> Entry:
    return Entry(percent(value), _mean(value))


def _seeds(row: Row) -> str:
    """Return the number of completed seeds, and the planned number where some are missing."""
    return f'{len(row.seeds)} of {len(row.planned)}' if row.missing else str(len(row.seeds))


def _differences(table: Table) -> Grid:
    rows = [row for row in table.rows if any(cell.difference for cell in row.cells.values())]
    return [
        ['method', *table.rules],
        *([row.method, *(_difference(row.cells[rule].difference) for rule in table.rules)] for row in rows),
    ]


def _difference(value: Estimate | None) -> str:
    return marked(percent(value, signed=True), bold=_excludes_zero(value))


def _mean(value: Estimate | None) -> float | None:
    return None if value is None else value.mean


def _excludes_zero(value: Estimate | None) -> bool:
    return bool(value and value.excludes_zero)
