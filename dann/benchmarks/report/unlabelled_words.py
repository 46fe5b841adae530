"""Sentences about a table of a target without labels, and notes on how to read it."""

from __future__ import annotations

from dann.benchmarks.report.rendering import render_lines
from dann.benchmarks.report.unlabelled import Ranking
from dann.benchmarks.report.verdicts import MIXED, spoken
from dann.reporting.notation import ABSENT, about_spread, spread
from dann.stats.intervals import Estimate

# mean absolute error and bias, in points of target test accuracy, as `python -m dann.benchmarks.estimates` printed them
# after `dann benchmark day-to-night-scratch --seeds 1 --keep-views`
ERRORS = {'ATC': (20.8, 20.8), 'DoC': (26.5, 26.5), 'COT': (13.8, 13.8)}
ERRORS_ON = 'day-to-night-scratch, 9 rows, one seed'


def scored(value: Estimate | None) -> str:
    """Return a score with three decimals, and its spread over seeds."""
    if value is None:
        return ABSENT
    return f'{value.mean + 0.0:.3f}' + spread(value, '{:.3f}'.format)


def headline(ranking: Ranking) -> str:
    """Return in one sentence which row ranks first, and by what."""
    best, baseline = ranking.best, ranking.baseline
    pair = f'{ranking.source} → {ranking.target}'
    seen = 'No target label was seen, so this says nothing certain about accuracy.'
    if best is None:
        return f'No row of {pair} can be ranked by {ranking.rule}. {seen}'
    score, known = ranking.standing(best).score, baseline and ranking.standing(baseline).score
    assert score is not None
    if known and score.mean <= known.mean:
        text = (
            f'On {pair}, none of {_methods(ranking)} has a higher {ranking.rule} than source-only training, '
        )
        text += f'{scored(known)}; the highest is {best.method} with {scored(score)}'
    else:
        text = (
            f'On {pair}, {best.method} has the highest {ranking.rule} of {_methods(ranking)}: {scored(score)}'
        )
        text += f', where source-only training has {scored(known)}' if known else ''
    return f'{text}. {seen}'


def _methods(ranking: Ranking) -> str:
    count = len(ranking.adapted)
    return f'{count} adaptation method{"s" * (count != 1)}'


def sentences() -> list[str]:
    """Return what the table can say, and how far its estimates were off where accuracy is known."""
    errors = ', '.join(f'{name} {error:.1f} (bias {bias:+.1f})' for name, (error, bias) in ERRORS.items())
    return [
        'No target label was seen: nothing here is a measured accuracy, and no row is shown to be better than another.',
        f'Where accuracy is known ({ERRORS_ON}) the estimates were off by this many points in the mean: {errors}. '
        'A difference between rows that is smaller than that shows nothing.',
    ]


def notes(ranking: Ranking) -> list[str]:
    """Return how to read the table. Its text is in ``unlabelled_notes.md.j2``."""
    counts = {len(row.seeds) for row in ranking.rows if row.seeds}
    return render_lines(
        'unlabelled_notes.md',
        table=ranking,
        spread=about_spread(min(counts), max(counts)),
        many=max(counts) > 1,
        mixed_mark=MIXED,
        budget=spoken(ranking.search) if ranking.search else '',
    )
