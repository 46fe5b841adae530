"""The permutation test on many random halves of one sample."""

from __future__ import annotations

import numpy as np
from shift_arrays import draw

from dann.shift.axes import common_axes
from dann.shift.mmd import kernel_matrix, permutation_test
from dann.shift.repeats import repeated, repeats_in_words


def test_repeats_of_a_true_hypothesis_reject_as_often_as_they_may() -> None:
    features = draw(60, 3)
    found = repeated('noise', features, repeats=200, permutations=99)
    assert found.rejected == sum(value <= 0.05 for value in found.p_values)
    assert found.low <= 0.05 <= found.high
    assert found.uniform > 0.01
    words = repeats_in_words(found, 0)
    assert f'does not reject at 5 % in {200 - found.rejected} of 200 repeats (seeds 0 to 199)' in words


def test_a_repeat_is_the_test_of_the_halves_it_draws() -> None:
    features = draw(24, 3)
    found = repeated('noise', features, repeats=3, permutations=49, seed=7)
    common = common_axes(features[:12], features[12:])
    kernel = kernel_matrix(common.source, common.target)
    draws = np.random.default_rng(8)
    half = draws.permutation(np.repeat([1.0, 0.0], 12))
    assert found.p_values[1] == permutation_test(kernel, half, 49, draws)[1]
