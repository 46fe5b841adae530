"""The permutation test that stops, against loops and against its exact distribution."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest

from dann.shift.arrays import Array
from dann.shift.mmd import kernel_matrix, mmd_of_labellings
from dann.transfer.monitoring import permutations
from dann.transfer.monitoring.permutations import (
    mmd_of_members,
    permutation_p_value,
    window_test,
)


def kernel_of(total: int, seed: int = 0) -> Array:
    values = np.random.default_rng(seed).normal(size=(total, 3))
    return kernel_matrix(values[: total // 2], values[total // 2 :])


def slow(kernel: Array, members: list[int]) -> float:
    """Eq. 3 of Gretton et al. by loops."""
    others = [place for place in range(len(kernel)) if place not in members]
    n, m = len(members), len(others)
    own = sum(kernel[i, j] for i in members for j in members if i != j) / (n * (n - 1))
    rest = sum(kernel[i, j] for i in others for j in others if i != j) / (m * (m - 1))
    return float(own + rest - 2 * sum(kernel[i, j] for i in members for j in others) / (n * m))


def test_the_discrepancy_of_members_is_that_of_loops_and_of_labellings() -> None:
    kernel, draw = kernel_of(17), np.random.default_rng(1)
    members = np.stack([draw.permutation(17)[:5] for _ in range(6)])
    found = mmd_of_members(kernel, members)
    assert found == pytest.approx([slow(kernel, [*row]) for row in members], abs=1e-12)
    labels = np.zeros((17, 6))
    np.put_along_axis(labels, members.T, 1, axis=0)
    assert found == pytest.approx(mmd_of_labellings(kernel, labels), abs=1e-12)


@pytest.mark.parametrize('labels', [1, 500, 10**6])
def test_large_sets_have_the_values_of_small_ones_by_a_product_of_bounded_size(
    labels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel, draw = kernel_of(200), np.random.default_rng(1)
    members = np.stack([draw.permutation(200)[:70] for _ in range(9)])
    gathered = mmd_of_members(kernel, members)
    sizes = list[int]()

    def product(kernel: Array, is_source: Array) -> Array:
        sizes.append(is_source.size)
        return mmd_of_labellings(kernel, is_source)

    monkeypatch.setattr(permutations, 'GATHERED', 69)
    monkeypatch.setattr(permutations, 'MOST_LABELS', labels)
    monkeypatch.setattr(permutations, 'mmd_of_labellings', product)
    assert mmd_of_members(kernel, members) == pytest.approx(gathered, abs=1e-9)
    assert sum(sizes) == members.shape[0] * 200
    assert max(sizes) <= max(labels, 200)


def test_large_windows_are_tested_without_gathering() -> None:
    draw = np.random.default_rng(0)
    n = 1500  # 64 sets of which would gather more than a gigabyte
    tracemalloc.start()
    found = window_test(draw.normal(size=(n, 3)), draw.normal(size=(n, 3)), 64, draw)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.p_value > 0.01
    assert peak < 400e6


def test_without_a_stop_it_is_the_ordinary_p_value() -> None:
    kernel, own = kernel_of(20), np.arange(14, 20)
    found = permutation_p_value(kernel, own, 700, np.random.default_rng(3), beyond=10_000)
    draw, values = np.random.default_rng(3), list[float]()
    for count in (64, 512, 124):
        values += [slow(kernel, [*row]) for row in draw.random((count, 20)).argpartition(5, axis=1)[:, :6]]
    beyond = sum(value >= slow(kernel, [*own]) - 1e-12 for value in values)
    assert (found.p_value, found.drawn) == ((1 + beyond) / 701, 700)


def test_it_stops_at_the_draw_that_is_beyond_for_the_last_time() -> None:
    kernel, own = kernel_of(20), np.arange(14, 20)
    drawn = [permutation_p_value(kernel, own, 5000, np.random.default_rng(3), h).drawn for h in range(1, 60)]
    assert all(one < other for one, other in pairwise(drawn))
    draw = np.random.default_rng(3)
    first = [draw.random((count, 20)).argpartition(5, axis=1)[:, :6] for count in (64, 512)]
    hits = [slow(kernel, [*row]) >= slow(kernel, [*own]) - 1e-12 for row in np.concatenate(first)]
    beyond = [place + 1 for place, hit in enumerate(hits) if hit]
    assert drawn[: len(beyond)] == beyond[:59]
    assert permutation_p_value(kernel, own, 5000, np.random.default_rng(3), 7).p_value == 7 / beyond[6]


@pytest.mark.parametrize('beyond', [3, 20])
def test_it_does_not_reject_what_is_true_too_often(beyond: int) -> None:
    draw = np.random.default_rng(0)
    values = draw.normal(size=(400, 24, 2))
    found = [window_test(each[:16], each[16:], 99, draw, beyond).p_value for each in values]
    for level in (0.02, 0.05, 0.1, 0.3):
        rejected = sum(value <= level for value in found)
        assert rejected <= 400 * level + 3 * np.sqrt(400 * level * (1 - level))
    assert sum(value <= 0.3 for value in found) > 70  # and is no test that never rejects


def test_a_moved_window_has_the_smallest_p_value_there_is() -> None:
    draw = np.random.default_rng(0)
    found = window_test(draw.normal(size=(40, 3)), draw.normal(3, 1, size=(12, 3)), 999, draw)
    assert found.p_value == 1 / 1000
    assert found.drawn == 999
    assert found.value > 0.3


def test_an_equal_value_counts_as_beyond() -> None:
    kernel = np.ones((10, 10)) - np.eye(10)
    assert permutation_p_value(kernel, np.arange(4), 500, np.random.default_rng(0)).p_value == 1
    kernel = np.ones((400, 400)) - np.eye(400)
    assert permutation_p_value(kernel, np.arange(150), 500, np.random.default_rng(0)).p_value == 1


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match='expected `most` above 0, got 0'):
        permutation_p_value(kernel_of(10), np.arange(4), 0, np.random.default_rng(0))
    with pytest.raises(ValueError, match='expected at least 2 samples'):
        window_test(np.ones((9, 2)), np.ones((1, 2)), 99, np.random.default_rng(0))
    assert permutations.BEYOND > 1
