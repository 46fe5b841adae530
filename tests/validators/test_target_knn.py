"""Agreement of target predictions with the nearest source labels."""

from __future__ import annotations

import math
from functools import partial

import pytest
import references_validators_a as ref
import validator_checks as checks
from planted_shift import domains

from dann.functional.distances import blocks
from dann.validators.target_knn import TargetKNN


@pytest.mark.parametrize(('count', 'other'), [(17, 12), (5, 9), (40, 33)])
@pytest.mark.parametrize('k', [1, 3, 5])
def test_against_the_formula(k: int, count: int, other: int) -> None:
    source, target, _ = domains(count, other, tilt=0.4, shift=1.0)
    assert source.labels is not None
    left, right = source.features.numpy(), target.features.numpy()
    expected = ref.target_knn(left, source.labels.numpy(), right, target.predictions.numpy(), k)
    assert TargetKNN(k).score(source, target) == pytest.approx(expected, abs=1e-9)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    source, target, _ = domains(tilt=0.4)
    whole = TargetKNN().score(source, target)
    monkeypatch.setattr('dann.validators.target_knn.blocks', partial(blocks, size=7))
    assert TargetKNN().score(source, target) == pytest.approx(whole)


def test_a_better_model_scores_higher() -> None:
    checks.better_models_score_higher(TargetKNN)


def test_the_order_of_samples_does_not_matter() -> None:
    checks.order_does_not_matter(TargetKNN, checks.rounded(), abs=1e-9)


def test_a_collapsed_network_scores_the_share_of_its_class() -> None:
    source, target, share = checks.collapsed()
    assert TargetKNN().score(source, target) == pytest.approx(share)


@pytest.mark.parametrize('count', [1, 2])
def test_tiny_splits_have_a_score(count: int) -> None:
    source, target, _ = domains()
    assert math.isfinite(TargetKNN().score(source[:count], target[:count]))


def test_features_that_are_not_finite_give_nan() -> None:
    checks.broken_features_give_nan(TargetKNN)


def test_large_splits_are_sampled_and_random_states_stay() -> None:
    checks.large_splits_are_sampled(TargetKNN)
    checks.random_states_stay(TargetKNN, most=100)


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match=r'`k` above 0, got 0'):
        TargetKNN(0)
    with pytest.raises(ValueError, match=r'`most` above 0, got 0'):
        TargetKNN(most=0)


def test_five_neighbours_are_the_default() -> None:
    assert TargetKNN().k == 5
