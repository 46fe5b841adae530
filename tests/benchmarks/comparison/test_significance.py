"""The statistics of one table: against hand-worked numbers, and what is said of few seeds."""

import json
from typing import Any

import pytest
from benchmarks_fake import history
from scipy import stats

from dann.benchmarks.comparison.significance import Comparison, compare
from dann.benchmarks.report.formats import as_dict, markdown
from dann.benchmarks.report.formats import statistics as block
from dann.benchmarks.report.significance_words import ONE_SEED, grid, p_text, reading
from dann.benchmarks.report.table import Table
from dann.benchmarks.report.table_builder import build_table
from dann.stats.paired import holm

BASE = [0.60, 0.62, 0.64]


def table_of(rows: dict[str, list[float]], select: str = 'last') -> Table:
    records = [
        each
        for name, finals in rows.items()
        for seed, final in enumerate(finals)
        for each in history(name, seed, final)
    ]
    return build_table(records, {'select': select, 'methods': dict.fromkeys(rows)})


@pytest.fixture(scope='module')
def table() -> Table:
    return table_of(
        {
            'source_only': BASE,
            'dann': [0.78, 0.80, 0.85],
            'mmd': [0.70, 0.71, 0.75],
            'coral': [0.66, 0.60, 0.71],
            'target_supervised': [0.94, 0.95, 0.96],
        }
    )


def found(table: Table) -> dict[str, Comparison]:
    return {each.method: each for each in compare(table)}


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


def test_the_rule_of_the_table_is_used() -> None:
    rows = {'source_only': BASE, 'dann': [0.78, 0.80, 0.85]}
    assert found(table_of(rows))['dann'].difference.mean == pytest.approx(0.19)
    assert found(table_of(rows, 'val/infomax'))['dann'].difference.mean == pytest.approx(0.17)


def test_the_words_of_three_seeds(table: Table) -> None:
    text = '\n'.join(reading(compare(table)))
    assert text.startswith(
        'Of 3 methods, 2 have a t interval that excludes zero when looked at alone; '
        "after Holm's correction for all of them 2 remain: dann (better), mmd (better)."
    )
    assert 'with 3 pairs its p-value cannot be below 0.25, so here it cannot reject at 5 % whatever' in text
    assert 'no such test can with fewer than 6 pairs' in text
    assert 'after correction for 3 methods none can with fewer than 7.' in text
    assert '0.5 to 6.3 times the observed one (95 %, n = 3)' in text


def test_six_seeds_may_reject() -> None:
    base = [0.60, 0.61, 0.62, 0.63, 0.64, 0.65]
    ours = [x + 0.01 * (i + 1) for i, x in enumerate(base)]
    comparisons = compare(table_of({'source_only': base, 'dann': ours}))
    assert comparisons[0].wilcoxon == comparisons[0].wilcoxon_holm == 0.03125
    text = '\n'.join(reading(comparisons))
    assert 'with 6 pairs its p-value cannot be below 0.031.' in text
    assert 'cannot reject' not in text
    assert text.startswith('Of 1 method, 1 has')
    assert '1 remains: dann (better).' in text


def test_one_seed_gets_a_sentence_and_no_number() -> None:
    table = table_of({'source_only': [0.6], 'dann': [0.8]})
    (only,) = compare(table)
    assert (only.bootstrap, only.t, only.wilcoxon, only.wilcoxon_holm) == (None,) * 4
    assert (only.seeds_for_sign, only.seeds_for_point) == (None, None)
    assert grid([only]) == []
    assert reading([only]) == [ONE_SEED]
    assert ONE_SEED in markdown(table)
    assert 'bootstrap' not in block(table)


def test_a_row_of_one_seed_among_others() -> None:
    comparisons = compare(table_of({'source_only': BASE, 'dann': [0.8], 'mmd': [0.7, 0.71, 0.75]}))
    lines = grid(comparisons)
    assert lines[1] == ['dann', '1', '+20.0', *['—'] * 6]
    assert lines[2][:3] == ['mmd', '3', '+10.0 ± 2.5']
    assert f'Rows with n = 1: {ONE_SEED}' in reading(comparisons)
    assert comparisons[1].wilcoxon_holm == comparisons[1].wilcoxon == 0.25


def test_without_a_baseline_there_is_no_block() -> None:
    table = table_of({'dann': [0.8, 0.81]})
    assert compare(table) == ()
    assert block(table) == ''
    assert '**Statistics**' not in markdown(table)
    assert as_dict(table)['statistics'] == {'methods': [], 'reading': []}


def test_no_spread_and_no_difference() -> None:
    same = found(table_of({'source_only': BASE, 'dann': BASE, 'mmd': [x + 0.05 for x in BASE]}))
    assert (same['dann'].t, same['dann'].wilcoxon, same['dann'].bootstrap) == (1.0, 1.0, (0.0, 0.0))
    assert same['dann'].seeds_for_sign is None
    assert same['mmd'].seeds_for_sign == 2
    assert same['mmd'].bootstrap == pytest.approx((0.05, 0.05))
    assert grid(list(same.values()))[1][7] == 'more than 1000'


def test_json_has_numbers_and_their_reading(table: Table) -> None:
    content: dict[str, Any] = json.loads(json.dumps(as_dict(table), allow_nan=False))['statistics']
    dann = content['methods'][0]
    assert dann['method'] == 'dann'
    assert dann['wilcoxon_p'] == 0.25
    assert len(dann['bootstrap']) == 2
    assert content['reading'] == reading(compare(table))


def test_the_block_is_the_same_every_time(table: Table) -> None:
    assert block(table) == block(table)
    assert '| dann   | 3 | +19.0 ± 4.3' in block(table)


@pytest.mark.parametrize(
    ('p', 'text'), [(None, '—'), (0.0, '< 0.001'), (0.00099, '< 0.001'), (0.25, '0.250'), (1.0, '1.000')]
)
def test_p_values_are_printed_with_three_decimals(p: float | None, text: str) -> None:
    assert p_text(p) == text
