"""Batches cut into windows."""

from __future__ import annotations

import pytest
from monitored import batch, seen

from dann.core.errors import UserError
from dann.transfer.monitoring.plan import Plan
from dann.transfer.monitoring.stream import cuts, sampled, samples_until, watch


@pytest.mark.parametrize(('count', 'window'), [(10, 50), (50, 50), (99, 50), (100, 50), (149, 50), (151, 10)])
def test_every_sample_is_in_one_window_and_none_is_small(count: int, window: int) -> None:
    found = cuts(count, window)
    assert [place for cut in found for place in range(count)[cut]] == [*range(count)]
    sizes = [cut.stop - cut.start for cut in found]
    assert all(size == window for size in sizes[:-1])
    assert min(count, window) <= sizes[-1] < 2 * window


def test_windows_are_numbered_through_batches_and_calls() -> None:
    batches = [batch(seen(120, 1), 'a'), batch(seen(40, 2), 'b')]
    found = watch(seen(100, 0), batches, Plan(), seen=7)
    assert [(window.number, window.batch, window.samples) for window in found] == [
        (8, 'a', 50),
        (9, 'a', 70),
        (10, 'b', 40),
    ]
    assert [(window.first, window.last) for window in found][1:] == [('a-50', 'a-119'), ('b-0', 'b-39')]
    assert all(window.estimates == {} for window in found)


def test_later_windows_spend_less() -> None:
    batches = [batch(seen(50, 1, shift=0.25))]
    (early,), (late,) = (watch(seen(100, 0), batches, seen=count) for count in (0, 100))
    assert (early.verdict, late.verdict) == ('alarm', 'none')
    assert early.ks_p == late.ks_p


def test_images_are_counted_to_the_end_of_the_window_with_the_alarm() -> None:
    batches = [batch(seen(100, 1)), batch(seen(100, 2, shift=2.0))]
    found = watch(seen(100, 0), batches)
    assert samples_until(found) == 150
    assert samples_until(found[:2]) is None
    assert samples_until(found, ('none',)) == 50


def test_of_a_large_reference_some_are_drawn() -> None:
    plan = Plan(samples=20)
    reference = seen(50, 0)
    found = sampled(reference, plan)
    assert len(found) == 20
    rows = {tuple(row) for row in reference.features.tolist()}
    assert all(tuple(row) in rows for row in found.features.tolist())
    assert sampled(reference, Plan()) is reference


def test_too_few_samples_and_permutations_are_refused() -> None:
    with pytest.raises(UserError, match='the reference has 1 samples, and at least 20'):
        watch(seen(1, 0), [batch(seen(20, 1))])
    with pytest.raises(
        UserError, match='monday has 1 sample, and at least 10 are tested together; wait for more'
    ):
        watch(seen(30, 0), [batch(seen(20, 1)), batch(seen(1, 1), 'monday')])
    with pytest.raises(UserError, match='199 permutations cannot reach the level of window 4'):
        watch(seen(30, 0), [batch(seen(200, 1))], Plan(permutations=199))
