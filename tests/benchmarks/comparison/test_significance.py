"""The statistics of one table: against hand-worked numbers, and what is said of few seeds."""

import pytest
from benchmarks_fake import table_of
from scipy import stats

from dann.benchmarks.comparison.significance import Comparison
from dann.benchmarks.report.significance_words import grid
from dann.benchmarks.report.table import Table
from dann.stats.paired import holm

BASE = [0.60, 0.62, 0.64]


@pytest.fixture(scope='module')
def table() -> Table:
    rows = {'dann': [0.78, 0.80, 0.85], 'mmd': [0.70, 0.71, 0.75], 'coral': [0.66, 0.60, 0.71]}
    return table_of({'source_only': BASE, **rows, 'target_supervised': [0.94, 0.95, 0.96]})


def found(table: Table) -> dict[str, Comparison]:
    return {each.method: each for each in table.comparisons}


def test_adaptation_methods_and_nothing_else_are_compared(table: Table) -> None:
    assert list(found(table)) == ['dann', 'mmd', 'coral']


def test_a_comparison_by_hand(table: Table) -> None:
    # minus source-only: .18 .18 .21, mean .19, s = .0173205; t = 19 with 2 degrees of freedom
    dann = found(table)['dann']
    assert dann.difference.mean == pytest.approx(0.19)
    assert dann.t == pytest.approx(2 * stats.t.sf(19, 2))
    assert dann.wilcoxon == 0.25
    assert dann.wilcoxon_holm == 0.75
    assert dann.bootstrap is not None
    assert 0.18 - 1e-9 <= dann.bootstrap[0] <= dann.bootstrap[1] <= 0.21 + 1e-9
    # t s / sqrt n is .1556 at 2 seeds, .0100006 at 14 and .0096 at 15
    assert (dann.seeds_for_sign, dann.seeds_for_point) == (2, 15)


def test_corrections_are_over_the_methods_of_the_table(table: Table) -> None:
    each = found(table)
    alone = [one.t for one in each.values() if one.t is not None]
    assert [one.t_holm for one in each.values()] == pytest.approx(holm(alone))
    assert holm(alone) != pytest.approx(alone)


def test_no_spread_and_no_difference() -> None:
    same = found(table_of({'source_only': BASE, 'dann': BASE, 'mmd': [x + 0.05 for x in BASE]}))
    assert (same['dann'].t, same['dann'].wilcoxon, same['dann'].bootstrap) == (1.0, 1.0, (0.0, 0.0))
    assert same['dann'].seeds_for_sign is None
    assert same['mmd'].seeds_for_sign == 2
    assert same['mmd'].bootstrap == pytest.approx((0.05, 0.05))
    assert grid(list(same.values()))[1][7] == 'more than 1000'


def test_the_rule_of_the_table_is_used() -> None:
    rows = {'source_only': BASE, 'dann': [0.78, 0.80, 0.85]}
    assert found(table_of(rows))['dann'].difference.mean == pytest.approx(0.19)
    assert found(table_of(rows, 'val/infomax'))['dann'].difference.mean == pytest.approx(0.17)
