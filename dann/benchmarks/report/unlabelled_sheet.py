"""The table of a target without labels as it is printed."""

from __future__ import annotations

from dann.benchmarks.report.sheet import Entry, Line, Sheet
from dann.benchmarks.report.table import Row
from dann.benchmarks.report.unlabelled import ESTIMATES, Ranking
from dann.benchmarks.report.unlabelled_words import headline, notes, scored, sentences
from dann.core.families import family_name
from dann.reporting.notation import ABSENT, percent

MAJORITY, SOURCE_ONLY = 'agrees with most', 'agrees with source-only'


def ranking_sheet(ranking: Ranking) -> Sheet:
    """Return ``ranking`` as it is printed."""
    return Sheet(
        table=ranking,
        columns=('method', 'family', ranking.rule, *ESTIMATES, MAJORITY, SOURCE_ONLY, 'n'),
        lines=tuple(
            Line(row, family_name(row.family) if row.family else ABSENT, _entries(row, ranking))
            for row in ranking.rows
        ),
        differences=[],
        tests=[],
        headline=headline(ranking),
        sentences=tuple(sentences()),
        notes=tuple(notes(ranking)),
        reading=(),
    )


def _entries(row: Row, ranking: Ranking) -> tuple[Entry, ...]:
    standing = ranking.standing(row)
    shares = [*(standing.estimates.get(name) for name in ESTIMATES), standing.majority, standing.baseline]
    seeds = f'{len(row.seeds)} of {len(row.planned)}' if row.missing else str(len(row.seeds))
    return (
        Entry(scored(standing.score), standing.score.mean if standing.score else None),
        *(Entry(percent(share), share.mean if share else None) for share in shares),
        Entry(seeds, len(row.seeds), 'incomplete' if row.missing else ''),
    )
