"""The table of a target without labels as CSV and JSON; Markdown and LaTeX are those of any table."""

from __future__ import annotations

import math
from typing import Any

from dann.benchmarks.report.rendering import plain
from dann.benchmarks.report.sheet import Sheet
from dann.benchmarks.report.table import Row
from dann.benchmarks.report.unlabelled import ESTIMATES, Ranking
from dann.benchmarks.results.guard import SUFFIX
from dann.benchmarks.results.records import Record
from dann.reporting.spreadsheet import csv_table
from dann.stats.intervals import Estimate


def ranking_csv(ranking: Ranking) -> str:
    """Return one line for each row, with fractions at full precision."""
    lines = [_facts(place, row, ranking) for place, row in enumerate(ranking.rows, start=1)]
    return csv_table(lines)


def ranking_dict(sheet: Sheet, ranking: Ranking) -> dict[str, Any]:
    """Return the table and what it says, ready for JSON; fractions at full precision."""
    return {
        'title': ranking.title,
        'source': ranking.source,
        'target': ranking.target,
        'unlabelled': True,
        'select': ranking.rule,
        'headline': sheet.headline,
        'rows': [
            _facts(place, row, ranking) | {'runs': _runs(row, ranking)}
            for place, row in enumerate(ranking.rows, start=1)
        ],
        'left_out': list(ranking.left_out),
        'sentences': list(sheet.sentences),
        'notes': [plain(text) for text in sheet.notes],
    }


def _facts(place: int, row: Row, ranking: Ranking) -> dict[str, Any]:
    standing = ranking.standing(row)
    estimates = {name.lower(): standing.estimates.get(name) for name in ESTIMATES}
    shares = {'agreement_with_most': standing.majority, 'agreement_with_source_only': standing.baseline}
    return {
        'rank': place if standing.score else None,
        'method': row.method,
        'family': row.family,
        'mixed': '; '.join(row.mixed),
        'rule': ranking.rule,
        'n': len(row.seeds),
        'planned': len(row.planned),
        **_number('score', standing.score),
        **{
            key: value
            for name, each in (estimates | shares).items()
            for key, value in _number(name, each).items()
        },
    }


def _number(name: str, value: Estimate | None) -> dict[str, float | None]:
    return {name: value.mean if value else None, f'{name}_half_width': value.half_width if value else None}


def _runs(row: Row, ranking: Ranking) -> list[dict[str, Any]]:
    scores = {'score': ranking.rule.removesuffix(SUFFIX)} | {
        name.lower(): key for name, key in ESTIMATES.items()
    }
    return [
        {'seed': seed, 'step': record['step']} | {name: _finite(record, key) for name, key in scores.items()}
        for seed, record in sorted(ranking.main(row).chosen.items())
    ]


def _finite(record: Record, score: str) -> float | None:
    value = record['scores'].get(score, math.nan)
    return value if math.isfinite(value) else None
