"""The sentence that a report opens with, from numbers worked out by hand."""

from benchmarks_fake import ROWS, records_of, table_of, with_source

from dann.benchmarks.report.opening import lost, opening, standing
from dann.benchmarks.report.table_builder import build_table

# fda+dann - source_only by seed: .24 .23 .25, s = .01, half-width 4.303 * .01 / sqrt(3) = .0248


def test_what_helped_most_and_how_sure_that_is() -> None:
    table = table_of(None)
    assert opening(table) == (
        'fda+dann helped most: +24.0 points of target test accuracy against training on the source only '
        '(62.0 % to 86.0 %; 95 % interval +21.5 to +26.5, 3 seeds).'
    )
    assert standing(table) == (
        '7 methods: 4 better than source-only, 1 worse, 2 not told apart from it. Evaluations are chosen by last. '
        'Training on target labels reaches 95.0 ± 2.5 %.'
    )


def test_without_a_shown_difference_nothing_is_claimed() -> None:
    text = opening(table_of({'source_only': [0.6, 0.7], 'dann': [0.7, 0.6]}))
    assert text.startswith('No method is shown to help: the largest difference is that of dann, +0.0 points')
    assert 'two seeds, -10.0 and +10.0' in text
    single = opening(table_of({'source_only': [0.6], 'dann': [0.7]}))
    assert single.endswith('but one seed cannot show that it helps.')
    assert 'dann is at +10.0 points' in single


def test_a_shown_difference_goes_before_a_larger_one_that_is_not() -> None:
    rows = {'source_only': [0.6, 0.6, 0.6], 'dann': [0.5, 0.9, 0.95], 'fda': [0.65, 0.65, 0.66]}
    assert opening(table_of(rows)).startswith('fda helped most: +5.3 points')


def test_what_cannot_be_compared_is_said() -> None:
    assert opening(table_of({'dann': [0.7]})).startswith('There is no completed source_only run')
    assert opening(table_of({'source_only': [0.7]})).startswith('No adaptation method has a completed run')
    assert standing(table_of({'dann': [0.7]})) == ''


def test_what_the_source_lost() -> None:
    rows = {name: ROWS[name][1] for name in ('source_only', 'dann', 'mmd')}
    kept = with_source(
        records_of(rows),
        {'source_only': (0.98, 0.97, 0.99), 'dann': (0.95, 0.94, 0.95), 'mmd': (0.99, 0.98, 1.0)},
    )
    # dann: -.03 -.03 -.04
    assert lost(build_table(kept, {'select': 'last'})) == (
        '1 of 2 methods lose accuracy on the source: dann -3.3 ± 1.4 points.'
    )
    assert lost(table_of(None)) == 'No method is shown to lose accuracy on the source.'
