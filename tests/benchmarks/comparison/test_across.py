"""The comparison across benchmarks: hand-worked ranks, blocks, words, and the diagram."""

import io
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from benchmarks_fake import history, write_folder
from PIL import Image

from dann.benchmarks.comparison.across import Across, Ranked, as_dict, compare_across
from dann.benchmarks.report.across_words import drawn, labelled, markdown, reading
from dann.benchmarks.report.rank_diagram import rank_diagram, shown_bars
from dann.benchmarks.report.suite_report import combined, results, write_diagram
from dann.benchmarks.report.table import Table
from dann.benchmarks.report.table_builder import build_table
from dann.stats.ranks import critical_difference

NEAR = {
    'source_only': [0.50, 0.52, 0.54],
    'dann': [0.60, 0.63, 0.66],
    'mmd': [0.51, 0.52, 0.53],
    'target_supervised': [0.90, 0.91, 0.92],
}
FAR = {
    'source_only': [0.30, 0.31, 0.33],
    'dann': [0.37, 0.39, 0.43],
    'mmd': [0.38, 0.36, 0.35],
    'target_supervised': [0.80, 0.81, 0.82],
}


def table_of(rows: Mapping[str, list[float]]) -> Table:
    records = [
        each
        for name, finals in rows.items()
        for seed, final in enumerate(finals)
        for each in history(name, seed, final)
    ]
    return build_table(records, {'select': 'last', 'methods': dict.fromkeys(rows)})


def across_of(**rows: Mapping[str, list[float]]) -> Across:
    found = compare_across({name: table_of(each) for name, each in rows.items()})
    assert found is not None
    return found


def many(count: int, blocks: int = 30) -> Across:
    """Methods in the same order in every block, source-only last."""
    rows = [Ranked(f'method{i}', 'mmd', float(i + 1), 0.1) for i in range(count - 1)]
    rows.append(Ranked('source_only', 'reference', float(count)))
    return Across(
        ('near', 'far'),
        tuple(('near', seed) for seed in range(blocks)),
        tuple(rows),
        (100.0, 0.0),
        critical_difference(count, blocks),
        (),
    )


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
    assert 'Drawn in figures/critical-difference.png and .svg.' in text


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
    assert "Wilcoxon's" not in markdown(found)


def test_nothing_to_compare() -> None:
    assert compare_across({}) is None
    assert compare_across({'near': table_of(NEAR)}) is None
    alone = {'source_only': [0.5]}
    assert compare_across({'near': table_of(alone), 'far': table_of(alone)}) is None


def test_two_methods_have_no_critical_difference() -> None:
    two = {name: NEAR[name] for name in ('source_only', 'dann')}
    found = across_of(near=two, far=two)
    assert (found.friedman, found.critical_difference, found.differ) == (None, None, False)
    assert 'compare at least three methods; here are two.' in markdown(found)
    assert 'Drawn' not in markdown(found)
    with pytest.raises(ValueError, match='expected at least three methods, got two'):
        rank_diagram(found)


def test_one_seed_a_benchmark_is_not_called_more_than_it_is() -> None:
    rows = [{name: each[:1] for name, each in pair.items()} for pair in (NEAR, FAR)]
    text = markdown(across_of(near=rows[0], far=rows[1]))
    assert '2 blocks from 2 benchmarks' in text
    assert 'cannot be below 0.5, and after correction for 2 methods it cannot reject' in text
    assert 'no difference of ranks shown' in text
    assert 'no two methods are told apart' in text


def test_json(tmp_path: Path) -> None:
    found = json.loads(json.dumps(as_dict(across_of(near=NEAR, far=FAR)), allow_nan=False))
    assert found['methods'][0]['method'] == 'dann'
    assert found['friedman'].keys() == {'statistic', 'p'}
    assert found['blocks'][0] == ['far', 0]


def test_of_many_methods_the_best_and_source_only_are_named() -> None:
    names = [row.method for row in labelled(many(54))]
    assert names == [*(f'method{i}' for i in range(11)), 'source_only']
    assert 'which names 12 of the 54 methods' in drawn(many(54))
    assert len(labelled(many(12))) == 12


def test_bars_join_what_is_not_told_apart() -> None:
    few = many(6, blocks=20)  # critical difference 1.69: neighbours only
    assert few.critical_difference == pytest.approx(1.686, abs=2e-3)
    assert shown_bars(few) == [(i, i + 1.0) for i in range(1, 6)]
    assert len(shown_bars(many(54, blocks=400))) <= 8


def test_without_a_difference_one_bar_joins_all() -> None:
    rows = [{name: each[:1] for name, each in pair.items()} for pair in (NEAR, FAR)]
    found = across_of(near=rows[0], far=rows[1])
    assert shown_bars(found) == [(found.rows[0].rank, found.rows[-1].rank)]


@pytest.mark.parametrize('count', [3, 12, 54])
def test_the_diagram_is_an_image_with_ink_and_names(count: int) -> None:
    across = many(count)
    with Image.open(io.BytesIO(rank_diagram(across))) as image:
        assert min(image.size) > 200
        assert len(image.convert('RGB').getcolors(1 << 24) or []) > 20
    svg = rank_diagram(across, 'svg')
    assert svg == rank_diagram(across, 'svg')
    assert all(f'{row.method} ' in svg.decode() for row in labelled(across) if row.method != 'source_only')
    assert b'source_only' in svg
    assert (b'method20 ' in svg) is False


def test_a_suite_has_the_comparison_in_its_files(tmp_path: Path) -> None:
    for name, rows in (('near', NEAR), ('far', FAR)):
        write_folder(tmp_path / name, rows, pictures=False)
    text, found = combined(tmp_path), results(tmp_path)
    assert '**Across 2 benchmarks**' in text
    assert text.endswith('.\n')
    assert found['across_benchmarks']['methods'][0]['method'] == 'dann'
    write_diagram(tmp_path)
    assert sorted(path.name for path in (tmp_path / 'figures').iterdir()) == [
        'critical-difference.png',
        'critical-difference.svg',
    ]
    assert combined(tmp_path, 'oracle') != text


def test_a_suite_of_one_benchmark_has_no_comparison(tmp_path: Path) -> None:
    write_folder(tmp_path / 'near', NEAR, pictures=False)
    write_diagram(tmp_path)
    assert 'across_benchmarks' not in results(tmp_path)
    assert not (tmp_path / 'figures').exists()
