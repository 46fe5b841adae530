"""What every distance must do, whatever its definition, and all of them in one row."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from shift_arrays import Array, draw

from dann.shift.a_distance import proxy_a_distance
from dann.shift.divergences import divergences
from dann.shift.frechet import frechet_distance
from dann.shift.measure import NETWORK, REGRESSION, distances, gap_of
from dann.shift.mmd import unbiased_mmd
from dann.shift.seen import Seen
from dann.shift.sliced_wasserstein import sliced_wasserstein_distance

DISTANCES: dict[str, Callable[[Array, Array], float]] = {
    'a_distance': lambda source, target: proxy_a_distance(source, target).value,
    'mmd': unbiased_mmd,
    'frechet': frechet_distance,
    'kl': lambda source, target: divergences(source, target).forward,
    'js': lambda source, target: divergences(source, target).jensen_shannon,
    'sliced_wasserstein': sliced_wasserstein_distance,
}


@pytest.mark.parametrize('name', DISTANCES)
def test_nothing_between_equal_domains_and_more_the_further_they_are(name: str) -> None:
    source, target = draw(150, 3), draw(120, 3, seed=1)
    values = [DISTANCES[name](source, target + np.array([shift, 0, 0])) for shift in (0.0, 0.7, 1.5, 3.0)]
    assert values == sorted(values)
    assert values[0] < 0.5 * values[1]


@pytest.mark.parametrize('name', ['frechet', 'sliced_wasserstein'])
def test_a_domain_is_at_no_distance_from_itself(name: str) -> None:
    source = draw(30, 4)
    assert DISTANCES[name](source, source) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize('name', DISTANCES)
def test_bad_features_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r'\(Ns, D\) and \(Nt, D\), got \(20, 4\) and \(20, 3\)'):
        DISTANCES[name](draw(20, 4), draw(20, 3))


def test_a_row_holds_every_distance_on_the_common_axes() -> None:
    source, target = draw(60, 3), 3 * draw(50, 3, seed=1) + 4
    row = distances(source, target, permutations=199)
    assert (row.source, row.target, row.dimension, row.axes) == (60, 50, 3, 3)
    assert row.kept == pytest.approx(1)
    assert row.frechet * row.scale**2 == pytest.approx(frechet_distance(source, target))
    assert row.mmd.permutations == 199


def test_classes_are_those_of_the_network_or_else_of_a_regression() -> None:
    labels = np.arange(60) % 2
    source, target = draw(60, 3) + 4 * labels[:, None], draw(50, 3, seed=1)
    plain = gap_of(Seen('x', source, target), labels, ('a', 'b'), permutations=199)
    assert plain.classifier == REGRESSION
    seen = Seen('x', source, target, predicted=np.arange(50) % 2, held_out=(labels, labels))
    own = gap_of(seen, labels, ('a', 'b'), permutations=199)
    assert own.classifier == NETWORK
    assert [each.target for each in own.classes] == [25, 25]
    without = gap_of(seen, None, (), permutations=199)
    assert (without.classes, without.label_shift, without.classifier) == ((), None, '')
