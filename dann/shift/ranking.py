"""Which of several sources is nearest to the target, before any training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dann.core.errors import check
from dann.datasets.pair import DomainPair
from dann.datasets.sources import Sources
from dann.datasets.wrapped import WrappedDomain
from dann.reporting.markdown import bullets, inert, pipes
from dann.shift.measure import Gap
from dann.shift.report import GapReport, gap
from dann.shift.tables import name_of


@dataclass(frozen=True, slots=True)
class SourceRanking:
    """The distances of several sources to one target, the nearest first.

    Args:
        reports: One for each source.
    """

    reports: tuple[GapReport, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the order and each source's report, ready for JSON."""
        return {
            'target': self.reports[0].measured.target,
            'order': [each.measured.source for each in self.reports],
            'ranked_on': ranked_on(self.reports[0]).name,
            'sources': [each.as_json() for each in self.reports],
        }

    def as_markdown(self) -> str:
        """Return a table with a row for each source, and what it says."""
        title = f'**{len(self.reports)} sources → {self.reports[0].measured.target}**, the nearest first'
        heading = ['source', 'features', 'A-distance', 'MMD² [95 %]', 'p']
        rows = [[each.measured.source, *_figures(row)] for each in self.reports for row in each.rows]
        return '\n\n'.join([inert(title), pipes([heading, *rows]), bullets(self._reading())]) + '\n'

    def _reading(self) -> list[str]:
        first, second = (ranked_on(each).distances.mmd for each in self.reports[:2])
        names = [each.measured.source for each in self.reports[:2]]
        clear = first.high < second.low
        return [
            f'Ranked by MMD² on {name_of(ranked_on(self.reports[0]))}; no label of the target was read.',
            f'{names[0]} is nearer than {names[1]}'
            + ('.' if clear else ', but their intervals overlap: a tie.'),
            'A near source need not be the most useful one: `dann benchmark --leave-one-out` measures what each adds.',
        ]


def rank_sources(pair: DomainPair, **options: Any) -> SourceRanking:
    """Measure how far each source is from the target, and put the nearest first; no label of the target is read.

    The order is that of MMD² on the encoder, or else on the first row: its kernel sees every difference, while the
    A-distance of a linear classifier is 2 for all that are far.

    Args:
        pair: Its source is several domains.
        options: Of ``gap``.

    Raises:
        ValueError: It has one source.
    """
    union = pair.source.inner if isinstance(pair.source, WrappedDomain) else pair.source
    check(isinstance(union, Sources), f'expected several sources, got {union.name}; call `gap` for one')
    assert isinstance(union, Sources)
    pairs = [DomainPair(each, pair.target, augment=pair.augment) for each in union.inner]
    reports = [gap(each, **options) for each in pairs]
    ranked = sorted(reports, key=lambda each: ranked_on(each).distances.mmd.value)
    return SourceRanking(tuple(ranked))


def ranked_on(report: GapReport) -> Gap:
    """Return the row that sources are ranked by: that of the encoder, else the first."""
    return next((row for row in report.rows if row.layers), report.rows[0])


def _figures(row: Gap) -> list[str]:
    distance, test = row.distances.a_distance, row.distances.mmd
    return [
        name_of(row),
        f'{distance.value:.2f} ± {1.96 * distance.standard_error:.2f}',
        f'{test.value:.4f} [{test.low:.4f}, {test.high:.4f}]',
        f'{test.p_value:.3f}',
    ]
