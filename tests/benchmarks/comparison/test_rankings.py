"""Rules in the order of how well they do."""

from pathlib import Path

import pytest
from benchmarks_fake import write_suite

from dann.benchmarks.comparison.judging import RuleEvaluation
from dann.benchmarks.comparison.rankings import (
    POOLED,
    as_text,
    benchmark_folders,
    grid,
    ranked,
    rankings,
    read_all,
)
from dann.stats.intervals import estimate


def evaluation(rule: str, checkpoint: float, method: float, correlation: float | None) -> RuleEvaluation:
    weighted = None if correlation is None else estimate([correlation])
    return RuleEvaluation(rule, estimate([checkpoint]), estimate([method]), method, weighted, weighted)


FOUND = [
    evaluation('val/b', 0.2, 0.1, 0.5),
    evaluation('val/a', 0.2, 0.3, 0.5),
    evaluation('last', 0.1, 0.2, None),
    evaluation('val/c', 0.3, 0.4, 0.9),
]


@pytest.mark.parametrize(
    ('order', 'expected'),
    [
        ('weighted', ['val/c', 'val/a', 'val/b', 'last']),
        ('spearman', ['val/c', 'val/a', 'val/b', 'last']),
        ('checkpoint', ['last', 'val/a', 'val/b', 'val/c']),
        ('method', ['val/b', 'last', 'val/a', 'val/c']),
    ],
)
def test_the_best_comes_first_and_equals_by_name(order: str, expected: list[str]) -> None:
    assert [each.rule for each in ranked(FOUND, order)] == expected


def test_the_table_of_rules() -> None:
    heading, line = grid([evaluation('last', 0.1, 0.25, None)])
    assert heading[0] == 'rule'
    assert line == ['last', '—', '—', '10.0', '25.0', '25.0']
    assert grid(FOUND)[1][1:3] == ['0.50', '0.50']


def test_each_benchmark_is_ranked_and_all_together(tmp_path: Path) -> None:
    folders = benchmark_folders([write_suite(tmp_path)])
    assert folders == benchmark_folders([tmp_path / 'day', str(tmp_path / 'sim')])
    found = rankings(read_all(folders))
    assert list(found) == [POOLED, 'day', 'sim']
    assert [each.checkpoint.n for each in found[POOLED]][:1] == [4]
    assert [each.checkpoint.n for each in found['day']][:1] == [2]
    assert as_text(found).count('| rule') == 3
    assert list(rankings(read_all(folders[:1]))) == ['day']
