"""Rows that did not learn the source are told from those that forgot it."""

from __future__ import annotations

import pytest
from benchmarks_fake import history

from dann.benchmarks.results.learning import Learned, learned, unlearned
from dann.benchmarks.results.records import Record


def run(*accuracies: float, seed: int = 0) -> list[Record]:
    found = history('dann', seed, 0.5)[: len(accuracies)]
    for each, value in zip(found, accuracies, strict=True):
        each['scores']['val/source_accuracy'] = value
    return found


def test_a_row_has_the_means_over_its_runs() -> None:
    found = learned([run(0.2, 0.9, 0.6, 0.5), run(0.1, 0.4, 0.5, 0.7, seed=1)])
    assert found is not None
    assert (found.best, found.before, found.last) == pytest.approx((0.8, 0.55, 0.6))


def test_one_evaluation_does_not_rise() -> None:
    found = learned([run(0.2)])
    assert found == Learned(0.2, 0.2, 0.2)
    assert not found.rising


@pytest.mark.parametrize(
    ('before', 'last', 'rises'), [(0.5, 0.56, True), (0.5, 0.54, False), (0.9, 0.5, False)]
)
def test_what_rises_by_more_than_five_points_is_still_learning(
    before: float, last: float, rises: bool
) -> None:
    assert Learned(1.0, before, last).rising is rises


def test_a_score_that_is_no_number_does_not_count() -> None:
    assert learned([run(0.2, float('nan'), 0.3)]) == Learned(0.3, 0.2, 0.3)


def test_a_run_without_the_score_says_nothing() -> None:
    without = run(0.5)
    del without[0]['scores']['val/source_accuracy']
    assert learned([run(0.9, 0.9), without]) is None
    assert learned([]) is None


def test_what_was_learned_and_lost_is_not_unlearned() -> None:
    rows = {
        'source_only': Learned(0.95, 0.94, 0.95),
        'mmd': Learned(0.2, 0.2, 0.2),
        'shot': Learned(0.93, 0.5, 0.4),
        'dann': Learned(0.77, 0.77, 0.77),
    }
    assert unlearned(rows) == ['mmd']  # 0.77 is above 0.8 * 0.95
    assert unlearned({'mmd': rows['mmd']}) == unlearned({}) == []
