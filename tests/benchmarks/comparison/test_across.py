"""The comparison across benchmarks: ranks and blocks by hand."""

import json

import pytest
from across_fake import FAR, NEAR, across_of
from benchmarks_fake import table_of

from dann.benchmarks.comparison.across import Across, as_dict, compare_across
from dann.benchmarks.report.across_words import reading
from dann.benchmarks.report.rank_diagram import rank_diagram
from dann.stats.ranks import critical_difference


def test_ranks_and_differences_by_hand() -> None:
    # near: dann 1 1 1, mmd 2 2.5 3, source-only 3 2.5 2; far: dann 2 1 1, mmd 1 2 2, source-only 3 3 3
    found = across_of(near=NEAR, far=FAR)
    assert found.ranks == pytest.approx({'dann': 7 / 6, 'mmd': 12.5 / 6, 'source_only': 16.5 / 6})
    assert list(found.ranks) == ['dann', 'mmd', 'source_only']
    dann, mmd, base = found.rows
    assert dann.difference == pytest.approx((0.10 + 0.11 + 0.12 + 0.07 + 0.08 + 0.10) / 6)
    assert (dann.better, dann.worse, mmd.better, mmd.worse) == (6, 0, 4, 1)
    # dann: six of one sign; mmd: +1 0 -1 +8 +5 +2 gives ranks 1.5 1.5 3 4 5, so 6 of 32 patterns are as far out
    assert dann.wilcoxon == 0.03125
    assert mmd.wilcoxon == pytest.approx(6 / 32)
    assert (dann.wilcoxon_holm, mmd.wilcoxon_holm) == pytest.approx((0.0625, 6 / 32))
    assert (base.difference, base.wilcoxon) == (None, None)


def test_blocks_are_the_seeds_of_few_benchmarks() -> None:
    found = across_of(near=NEAR, far=FAR)
    assert found.blocks == (('far', 0), ('far', 1), ('far', 2), ('near', 0), ('near', 1), ('near', 2))
    assert found.critical_difference == pytest.approx(critical_difference(3, 6))
    text = '\n'.join(reading(found))
    assert 'Seeds of one benchmark share its data and are not independent' in text
    assert 'Drawn in figures/critical-difference.pdf, .svg and .png.' in text


def test_blocks_are_benchmarks_where_there_are_many() -> None:
    found = across_of(**{f'pair{i}': NEAR if i % 2 else FAR for i in range(10)})
    assert found.blocks == tuple((f'pair{i}', None) for i in range(10))
    # means: near .52 .63 .52, where source-only and mmd tie; far .313 .397 .363
    assert found.ranks == pytest.approx({'dann': 1.0, 'mmd': 2.25, 'source_only': 2.75})
    assert reading(found)[0] == 'A block is a benchmark, with accuracies averaged over seeds: 10 blocks.'


def test_methods_that_miss_a_block_are_left_out_aloud() -> None:
    found = across_of(near=NEAR | {'coral': [0.6, 0.6, 0.6]}, far=FAR | {'coral': [0.4, 0.4]})
    assert found.left_out == ('coral',)
    assert list(found.ranks) == ['dann', 'mmd', 'source_only']
    assert 'Left out, without a result in some block: coral.' in reading(found)


def test_without_source_only_there_are_ranks_alone() -> None:
    rows = [{name: each[name] for name in ('dann', 'mmd')} for each in (NEAR, FAR)]
    found = across_of(near=rows[0] | {'cdan': [0.1] * 3}, far=rows[1] | {'cdan': [0.2] * 3})
    assert list(found.ranks) == ['dann', 'mmd', 'cdan']
    assert all(row.wilcoxon is None for row in found.rows)
    assert "Wilcoxon's" not in '\n'.join(reading(found))


def test_nothing_to_compare() -> None:
    assert compare_across({}) is None
    assert compare_across({'near': table_of(NEAR)}) is None
    alone = {'source_only': [0.5]}
    assert compare_across({'near': table_of(alone), 'far': table_of(alone)}) is None


def test_two_methods_have_no_critical_difference() -> None:
    two = {name: NEAR[name] for name in ('source_only', 'dann')}
    found = across_of(near=two, far=two)
    assert (found.friedman, found.critical_difference, found.differ) == (None, None, False)
    assert 'compare at least three methods; here are two.' in '\n'.join(reading(found))
    assert 'Drawn' not in '\n'.join(reading(found))
    with pytest.raises(ValueError, match='expected at least three methods, got two'):
        rank_diagram(found)


def test_json() -> None:
    found = json.loads(json.dumps(as_dict(across_of(near=NEAR, far=FAR)), allow_nan=False))
    assert found['methods'][0]['method'] == 'dann'
    assert found['friedman'].keys() == {'statistic', 'p'}
    assert found['blocks'][0] == ['far', 0]


def test_nine_benchmarks_are_too_few_for_a_block_each() -> None:
    found = across_of(**{f'pair{i}': NEAR for i in range(9)})
    assert len(found.blocks) == 9 * 3


def test_the_blocks_are_those_of_source_only() -> None:
    short = {**NEAR, 'source_only': NEAR['source_only'][:2]}
    found = across_of(near=short, far=FAR)
    assert found.blocks == (('far', 0), ('far', 1), ('far', 2), ('near', 0), ('near', 1))
    assert found.left_out == ()


def test_a_baseline_that_ran_on_some_benchmarks_only_is_left_out() -> None:
    found = across_of(near={name: NEAR[name] for name in ('dann', 'mmd')}, far=FAR)
    assert len(found.blocks) == 6
    assert found.left_out == ('source_only',)
    assert all(row.difference is None for row in found.rows)


@pytest.mark.parametrize(('friedman', 'differ'), [(None, False), ((9.0, 0.05), True), ((4.0, 0.06), False)])
def test_methods_differ_where_friedmans_test_rejects(
    friedman: tuple[float, float] | None, differ: bool
) -> None:
    assert Across(('near', 'far'), (), (), friedman, None, ()).differ is differ
