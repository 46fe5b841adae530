"""What is said of the tests of one table."""

import pytest
from benchmarks_fake import table_of

from dann.benchmarks.report.formats import markdown
from dann.benchmarks.report.sheet import sheet
from dann.benchmarks.report.significance_words import ONE_SEED, grid, p_text, reading
from dann.benchmarks.report.table import Table

BASE = [0.60, 0.62, 0.64]


@pytest.fixture(scope='module')
def table() -> Table:
    rows = {'dann': [0.78, 0.80, 0.85], 'mmd': [0.70, 0.71, 0.75], 'coral': [0.66, 0.60, 0.71]}
    return table_of({'source_only': BASE, **rows, 'target_supervised': [0.94, 0.95, 0.96]})


def test_the_words_of_three_seeds(table: Table) -> None:
    text = '\n'.join(reading(table.comparisons))
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
    rising = [x + 0.01 * (i + 1) for i, x in enumerate(base)]
    comparisons = table_of({'source_only': base, 'dann': rising}).comparisons
    assert comparisons[0].wilcoxon == comparisons[0].wilcoxon_holm == 0.03125
    text = '\n'.join(reading(comparisons))
    assert 'with 6 pairs its p-value cannot be below 0.031.' in text
    assert 'cannot reject' not in text
    assert text.startswith('Of 1 method, 1 has')
    assert '1 remains: dann (better).' in text


def test_one_seed_gets_a_sentence_and_no_number() -> None:
    table = table_of({'source_only': [0.6], 'dann': [0.8]})
    (only,) = table.comparisons
    assert (only.bootstrap, only.t, only.wilcoxon, only.wilcoxon_holm) == (None,) * 4
    assert (only.seeds_for_sign, only.seeds_for_point) == (None, None)
    assert grid([only]) == []
    assert reading([only]) == [ONE_SEED]
    text = markdown(sheet(table))
    assert ONE_SEED in text
    assert 'bootstrap' not in text


def test_a_row_of_one_seed_among_others() -> None:
    comparisons = table_of({'source_only': BASE, 'dann': [0.8], 'mmd': [0.7, 0.71, 0.75]}).comparisons
    lines = grid(comparisons)
    assert lines[1] == ['dann', '1', '+20.0', *['—'] * 6]
    assert lines[2][:3] == ['mmd', '3', '+10.0 ± 2.5']
    assert f'Rows with n = 1: {ONE_SEED}' in reading(comparisons)
    assert comparisons[1].wilcoxon_holm == comparisons[1].wilcoxon == 0.25


@pytest.mark.parametrize(
    ('p', 'text'), [(None, '—'), (0.0, '< 0.001'), (0.00099, '< 0.001'), (0.25, '0.250'), (1.0, '1.000')]
)
def test_p_values_are_printed_with_three_decimals(p: float | None, text: str) -> None:
    assert p_text(p) == text
