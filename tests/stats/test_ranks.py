"""Ranks over blocks against Demšar's own example (JMLR 2006, table 6), loops and simulation."""

import numpy as np
import pytest
from scipy import stats

from dann.stats.ranks import average_ranks, critical_difference, friedman, not_told_apart

# areas under the curve of four variants of C4.5 on 14 data sets
TABLE = """
    0.763 0.768 0.771 0.798
    0.599 0.591 0.590 0.569
    0.954 0.971 0.968 0.967
    0.628 0.661 0.654 0.657
    0.882 0.888 0.886 0.898
    0.936 0.931 0.916 0.931
    0.661 0.668 0.609 0.685
    0.583 0.583 0.563 0.625
    0.775 0.838 0.866 0.875
    1.000 1.000 1.000 1.000
    0.940 0.962 0.965 0.962
    0.619 0.666 0.614 0.669
    0.972 0.981 0.97501 0.975
    0.957 0.978 0.946 0.970
"""
COLUMNS = zip(*(map(float, line.split()) for line in TABLE.strip().splitlines()), strict=True)
DEMSAR = dict(zip(('C4.5', 'C4.5+m', 'C4.5+cf', 'C4.5+m+cf'), map(list, COLUMNS), strict=True))


def by_counting(values: dict[str, list[float]]) -> dict[str, float]:
    blocks = range(len(next(iter(values.values()))))
    return {
        name: float(
            np.mean(
                [
                    sum(other[b] > own[b] for other in values.values())
                    + (1 + sum(other[b] == own[b] for other in values.values())) / 2
                    for b in blocks
                ]
            )
        )
        for name, own in values.items()
    }


def test_demsars_mean_ranks() -> None:
    ranks = average_ranks(DEMSAR)
    assert list(ranks.values()) == pytest.approx([3.143, 2.000, 2.893, 1.964], abs=5e-4)
    assert ranks == pytest.approx(by_counting(DEMSAR))


def test_demsars_statistic_is_ours_before_the_correction_for_ties() -> None:
    # 12 N / k (k + 1) (sum R^2 - k (k + 1)^2 / 4) = 9.28 in the paper; ties divide it by 1 - sum(t^3 - t) / N (k^3 - k)
    k, n = 4, 14
    ranks = by_counting(DEMSAR)
    plain = 12 * n / (k * (k + 1)) * (sum(r**2 for r in ranks.values()) - k * (k + 1) ** 2 / 4)
    assert plain == pytest.approx(9.28, abs=0.01)
    ties = sum(
        t**3 - t
        for block in zip(*DEMSAR.values(), strict=True)
        for t in (block.count(value) for value in set(block))
    )
    statistic, p = friedman(DEMSAR)
    assert statistic == pytest.approx(plain / (1 - ties / (n * (k**3 - k))))
    assert p == pytest.approx(stats.chi2.sf(statistic, 3))
    assert p < 0.05


@pytest.mark.parametrize(
    ('k', 'q'), [(2, 1.960), (3, 2.343), (4, 2.569), (5, 2.728), (9, 3.102), (10, 3.164)]
)
def test_the_critical_values_are_the_printed_ones(k: int, q: float) -> None:
    found = critical_difference(k, 14) / np.sqrt(k * (k + 1) / (6 * 14))
    assert found == pytest.approx(q, abs=1.1e-3)


def test_demsars_critical_differences() -> None:
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=5e-3)
    assert critical_difference(4, 14, level=0.10) == pytest.approx(1.12, abs=5e-3)


def test_equal_methods_rarely_differ() -> None:
    generator = np.random.default_rng(0)
    limit, apart = critical_difference(5, 20), 0
    for _ in range(400):
        ranks = average_ranks(dict(zip('abcde', generator.normal(size=(5, 20)).tolist(), strict=True)))
        apart += max(ranks.values()) - min(ranks.values()) >= limit
    assert 0.01 < apart / 400 < 0.08


def test_demsars_groups() -> None:
    # figure 1a at 10 %: C4.5+m+cf and C4.5+m differ from C4.5, C4.5+cf from neither end
    ranks = average_ranks(DEMSAR)
    assert not_told_apart(ranks, 1.12) == [
        ('C4.5+m+cf', 'C4.5+m', 'C4.5+cf'),
        ('C4.5+cf', 'C4.5'),
    ]


@pytest.mark.parametrize('difference', [0.0, 0.3, 0.9, 1.7, 20.0])
def test_groups_are_the_largest_without_a_pair_that_differs(difference: float) -> None:
    draws = np.random.default_rng(1).uniform(1, 8, size=8)
    ranks = dict(zip('abcdefgh', draws.tolist(), strict=True))
    groups = [set(group) for group in not_told_apart(ranks, difference)]
    for a in ranks:
        for b in ranks.keys() - {a}:
            together = any({a, b} <= group for group in groups)
            assert together == (abs(ranks[a] - ranks[b]) < difference)
    assert not any(one < other for one in groups for other in groups)
    assert all(len(group) > 1 for group in groups)


def test_ranks_do_not_see_rounding() -> None:
    assert average_ranks({'a': [0.8 - 0.7], 'b': [0.7 - 0.6]}) == {'a': 1.5, 'b': 1.5}


def test_nothing_but_ties_shows_nothing() -> None:
    assert friedman({'a': [0.1, 0.2], 'b': [0.1, 0.2], 'c': [0.1, 0.2]}) == (0.0, 1.0)


@pytest.mark.parametrize('call', [average_ranks, friedman])
@pytest.mark.parametrize(
    ('values', 'words'),
    [
        ({}, 'at least one method, got none'),
        ({'a': [], 'b': [], 'c': []}, r'one value a block for every method, got \[0\] values'),
        ({'a': [1.0], 'b': [1.0, 2.0], 'c': [1.0]}, r'got \[1, 2\] values'),
    ],
)
def test_blocks_that_make_no_sense(call, values: dict[str, list[float]], words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=words):
        call(values)


def test_too_few_to_compare() -> None:
    with pytest.raises(ValueError, match='at least three methods, got 2'):
        friedman({'a': [1.0], 'b': [2.0]})
    with pytest.raises(ValueError, match='at least two methods, got 1'):
        critical_difference(1, 3)
    with pytest.raises(ValueError, match='at least one block, got 0'):
        critical_difference(3, 0)


def test_a_gap_of_the_critical_difference_itself_tells_two_methods_apart() -> None:
    assert not_told_apart({'a': 1.0, 'b': 2.0}, 1.0) == []
    assert not_told_apart({'a': 1.0, 'b': 1.5}, 1.0) == [('a', 'b')]
