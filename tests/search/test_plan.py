"""What may be asked of a search."""

from __future__ import annotations

from typing import Any

import pytest
from harness import configuration
from searching import asked

from dann.benchmarks.plan.grid import benchmark
from dann.core.errors import UserError
from dann.search.plan import plan


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'rule': 'oracle'}, 'oracle reads target labels'),
        ({'rule': 'oracle/target_val_accuracy'}, 'reads target labels'),
        ({'rule': 'oracle/target_val_accuracy+guard'}, 'reads target labels'),
        ({'rule': 'last'}, 'without a score'),
        ({'rule': 'loss/source'}, 'begins with val/'),
        ({'sampler': 'tpr'}, "did you mean 'tpe'"),
        ({'trials': 0}, '`trials`'),
        ({'seeds': 0}, '`seeds`'),
        ({'steps': 0}, '`steps`'),
        ({'seed': -1}, '`seed`'),
        ({'trials': 10**6}, '`trials` of at most 100,000'),
        ({'seeds': 10**6}, '`seeds` of at most 100,000'),
    ],
)
def test_senseless_requests_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        asked(**changes)


def test_no_search_seed_is_one_of_the_benchmarks() -> None:
    grid = benchmark('toy', configuration(seeds=[0, 1000, 1002]))
    searched = plan(grid, trials=1, seeds=3, sampler='random', seed=0, rule='val/infomax')
    assert searched.seeds == (1001, 1003, 1004)
    assert asked().seeds == (1000, 1001)


def test_a_guard_belongs_to_the_rule_and_not_to_the_score() -> None:
    guarded = asked(rule='val/infomax+guard')
    assert (guarded.rule, guarded.score) == ('val/infomax+guard', 'val/infomax')


def test_a_benchmark_without_a_search_has_the_protocol_it_always_had() -> None:
    grid = benchmark('toy', configuration())
    assert set(grid.protocol) == {'version', 'epochs', 'name', 'steps', 'model', 'data', 'trainer'}
    searched = benchmark('toy', configuration(search=asked().budget))
    assert searched.protocol == grid.protocol | {'search': asked().budget}
    assert {job.name for job in grid.jobs()}.isdisjoint(job.name for job in searched.jobs())


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'trial': 3}, "did you mean 'search: trials'"),
        ({'trials': 0}, '`search: trials` to be a whole number'),
        ({'trials': True}, '`search: trials`'),
        ({'select': None}, '`search: select` to be text'),
        ({'seed': -1}, '`search: seed`'),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        benchmark('toy', configuration(search=asked().budget | changes))


def test_a_seed_of_zero_is_a_seed() -> None:
    assert benchmark('toy', configuration(search=asked(seed=0).budget)).search['seed'] == 0
