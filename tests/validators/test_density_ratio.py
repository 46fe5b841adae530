"""The density ratio under the importance-weighted scores."""

from __future__ import annotations

import gc

import numpy as np
import pytest
import references_validators_a as ref
from planted_shift import domains
from references import Array

from dann.validators import density_ratio as ratios
from dann.validators.density_ratio import balanced_log_loss, density_ratio, importance_weights
from dann.validators.dev import DEV
from dann.validators.devn import DEVN
from dann.validators.iwcv import IWCV


@pytest.mark.parametrize('decay', [1.0, 0.01])
@pytest.mark.parametrize(('count', 'other'), [(12, 9), (5, 8)])
def test_density_ratio_is_the_cross_fitted_one(decay: float, count: int, other: int) -> None:
    source, target, _ = domains(count, other, width=2)
    left, right = source.features.numpy(), target.features.numpy()
    folds = ratios.folds(left, 3), ratios.folds(right, 3)
    expected = ref.density_ratio(left, right, decay, folds)
    got = density_ratio(left, right, decays=(decay,), count=3)
    assert got == pytest.approx(expected, rel=5e-3)


def test_folds_hold_equal_shares_whatever_the_order() -> None:
    features = np.random.default_rng(3).standard_normal((23, 4))
    order = np.random.default_rng(4).permutation(23)
    fold = ratios.folds(features, 5)
    assert sorted(np.bincount(fold)) == [4, 4, 5, 5, 5]
    assert (ratios.folds(features[order], 5) == fold[order]).all()


@pytest.mark.parametrize(('width', 'shift', 'best'), [(40, 0.0, 10.0), (3, 0.5, 0.001)])
def test_the_strength_is_the_one_of_the_lowest_held_out_loss(width: int, shift: float, best: float) -> None:
    source, target, _ = domains(200, 150, width=width, shift=shift)
    left, right = source.features.numpy(), target.features.numpy()
    got = density_ratio(left, right, decays=(10.0, 0.001))
    other = density_ratio(left, right, decays=(0.001 if best == 10 else 10.0,))
    assert got == pytest.approx(density_ratio(left, right, decays=(best,)))
    assert not np.allclose(got, other)


def test_weights_without_a_shift_are_near_one() -> None:
    source, target, _ = domains(600, 500, width=20, shift=0.0)
    weights = importance_weights(source, target)
    assert weights.mean() == pytest.approx(1, abs=0.05)
    assert weights.std() < 0.2


def test_weights_are_the_ratio_of_two_gaussians() -> None:
    rng = np.random.default_rng(0)
    source, target = rng.standard_normal((4000, 1)), rng.standard_normal((3000, 1)) + 0.7
    weights = density_ratio(source, target)
    true = np.exp(0.7 * source[:, 0] - 0.7**2 / 2)
    assert np.log(weights) == pytest.approx(np.log(true), abs=0.25)


def test_one_ratio_serves_all_scores_of_an_evaluation(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = []

    def counted(source: Array, target: Array) -> Array:
        fitted.append(len(source))
        return density_ratio(source, target)

    monkeypatch.setattr(ratios, 'density_ratio', counted)
    source, target, _ = domains(seed=5)
    for kind in (IWCV, DEV, DEVN):
        kind().score(source, target)
    assert fitted == [60]
    source.features.add_(1)
    IWCV().score(source, target)
    assert fitted == [60, 60]
    IWCV(most=30).score(source, target)
    assert fitted == [60, 60, 30]


def test_the_kept_ratio_keeps_no_split_alive() -> None:
    source, target, _ = domains()
    importance_weights(source, target)
    kept = ratios._latest
    assert kept is not None
    del source, target
    gc.collect()
    assert [ref() for ref in kept[1]] == [None, None]


def test_the_log_loss_counts_both_domains_alike_whatever_their_sizes() -> None:
    logits, domain = np.array([-1.0, 2.0, 0.5, 3.0]), np.array([0, 0, 0, 1])
    of_source = np.mean([np.log1p(np.exp(value)) for value in logits[:3]])
    expected = (of_source + np.log1p(np.exp(-3.0))) / 2
    assert balanced_log_loss(logits, domain) == pytest.approx(expected, rel=1e-12)


def test_the_kept_ratio_is_that_of_both_very_splits() -> None:
    (source, target, _), (other, another, _) = domains(seed=1), domains(seed=2)
    for left, right in ((source, target), (other, target), (other, another), (source, another)):
        expected = density_ratio(left.features.numpy(), right.features.numpy())
        np.testing.assert_array_equal(importance_weights(left, right), expected)
