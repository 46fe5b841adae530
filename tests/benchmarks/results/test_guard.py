"""The collapse guard."""

import math

import pytest
from benchmarks_fake import record

from dann.benchmarks.results.guard import can_guard, passing, survivors
from dann.benchmarks.results.records import Record
from dann.benchmarks.results.selection import rules, select
from dann.core.errors import UserError


def guarded(**spread: float) -> list[Record]:
    """One record a step: the score grows with the step, and what the guard reads is as given."""
    return [
        record(
            step=int(step[1:]),
            scores={'val/snd': int(step[1:]), 'val/marginal_entropy': value, 'val/source_accuracy': 0.9},
        )
        for step, value in spread.items()
    ]


def test_the_guard_passes_over_a_collapsed_checkpoint() -> None:
    records = guarded(s10=0.9, s20=0.8, s30=0.2)
    assert select(records, 'val/snd')['step'] == 30
    assert select(records, 'val/snd+guard')['step'] == 20


def test_the_guard_passes_over_a_checkpoint_that_forgot_the_source() -> None:
    records = guarded(s10=0.9, s20=0.9, s30=0.9)
    records[2]['scores']['val/source_accuracy'] = 0.44
    assert select(records, 'val/snd+guard')['step'] == 20
    records[2]['scores']['val/source_accuracy'] = 0.46
    assert select(records, 'val/snd+guard')['step'] == 30


def test_where_all_collapsed_the_guard_chooses_as_without() -> None:
    assert select(guarded(s10=0.1, s20=0.1), 'val/snd+guard')['step'] == 20


def test_a_guard_needs_the_scores_it_reads() -> None:
    with pytest.raises(UserError, match=r"unknown selection rule 'val/snd\+guard'"):
        select([record(scores={'val/snd': 0.1})], 'val/snd+guard')
    assert 'val/snd+guard' in rules(guarded(s10=0.9))


@pytest.mark.parametrize(('spread', 'passes'), [(0.49, False), (0.5, True), (0.69, True), (math.nan, False)])
def test_a_collapse_is_an_entropy_below_half_of_the_highest_possible(spread: float, passes: bool) -> None:
    assert [each['step'] for each in passing(guarded(s10=spread, s20=0.9))] == [10] * passes + [20]


@pytest.mark.parametrize(
    ('accuracy', 'passes'), [(0.39, False), (0.4, True), (0.55, True), (math.nan, False)]
)
def test_the_floor_is_half_of_the_highest_source_accuracy(accuracy: float, passes: bool) -> None:
    records = guarded(s10=0.9, s20=0.9)
    records[0]['scores']['val/source_accuracy'] = accuracy
    records[1]['scores']['val/source_accuracy'] = 0.8
    assert [each['step'] for each in passing(records)] == [10] * passes + [20]


def test_where_none_passes_all_survive() -> None:
    records = guarded(s10=0.1, s20=0.2)
    assert passing(records) == []
    assert survivors(records) == records
    assert [each['step'] for each in survivors(guarded(s10=0.1, s20=0.9))] == [20]


def test_both_scores_are_needed() -> None:
    assert can_guard({'val/marginal_entropy', 'val/source_accuracy', 'val/snd'})
    assert not can_guard({'val/marginal_entropy'})
    assert not can_guard({'val/source_accuracy'})
