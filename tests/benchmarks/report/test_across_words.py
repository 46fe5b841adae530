"""What is said of the comparison across benchmarks."""

from across_fake import FAR, NEAR, across_of, many

from dann.benchmarks.report.across_words import HEADING, drawn, grid, labelled, reading


def test_of_many_methods_the_best_and_source_only_are_named() -> None:
    names = [row.method for row in labelled(many(54))]
    assert names == [*(f'method{i}' for i in range(11)), 'source_only']
    assert 'which names 12 of the 54 methods' in drawn(many(54))
    assert len(labelled(many(12))) == 12


def test_one_seed_a_benchmark_is_not_called_more_than_it_is() -> None:
    rows = [{name: each[:1] for name, each in pair.items()} for pair in (NEAR, FAR)]
    text = '\n'.join(reading(across_of(near=rows[0], far=rows[1])))
    assert '2 blocks from 2 benchmarks' in text
    assert 'cannot be below 0.5, and after correction for 2 methods it cannot reject' in text
    assert 'no difference of ranks shown' in text
    assert 'no two methods are told apart' in text


def test_the_table_of_ranks() -> None:
    heading, dann, mmd, baseline = grid(across_of(near=NEAR, far=FAR))
    assert heading == list(HEADING)
    assert dann == ['dann', 'Adversarial', '1.17', '+9.7', '6 : 0', '0.031', '0.062']
    assert mmd[2:5] == ['2.08', '+2.5', '4 : 1']
    assert baseline == ['source_only', 'Reference', '2.75', '—', '—', '—', '—']
