"""Negative maximum mean discrepancy."""

from __future__ import annotations

import math

import pytest
import references as ref
import references_validators_a as val
import torch
import validator_checks as checks
from planted_shift import domains

from dann.core.views import View
from dann.functional.kernels import SCALES, Bandwidth
from dann.validators.mmd import MMD


@pytest.mark.parametrize(('count', 'other'), [(17, 12), (5, 9), (40, 33), (2, 3)])
@pytest.mark.parametrize('scales', [(1.0,), SCALES])
@pytest.mark.parametrize('bandwidth', ['mean', 'median'])
def test_against_the_formula(bandwidth: Bandwidth, scales: tuple[float, ...], count: int, other: int) -> None:
    source, target, _ = domains(count, other, shift=1.0)
    left, right = source.features.numpy(), target.features.numpy()
    width = val.median_distance(left, right) if bandwidth == 'median' else ref.bandwidth(left, right)
    expected = -ref.mmd(left, right, scales=scales, width=width)
    assert MMD(scales, bandwidth=bandwidth).score(source, target) == pytest.approx(expected, rel=1e-9)


def test_the_defaults_are_those_of_the_loss() -> None:
    source, target, _ = domains()
    expected = -ref.mmd(source.features.numpy(), target.features.numpy())
    assert MMD().score(source, target) == pytest.approx(expected, rel=1e-9)


def test_nearer_domains_have_less_mmd() -> None:
    scores = [MMD().score(*domains(200, 150, shift=shift)[:2]) for shift in (0.0, 0.5, 1.0, 2.0)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == pytest.approx(0, abs=0.1)


def test_a_collapsed_network_has_none() -> None:
    source, target, _ = checks.collapsed()
    assert MMD().score(source, target) == 0


def test_most_samples_equal_is_finite() -> None:
    features, logits = torch.zeros(40, 3), torch.zeros(20, 3)
    features[-2:] = 1
    for bandwidth in ('mean', 'median'):
        rule = MMD(bandwidth=bandwidth)
        assert math.isfinite(rule.score(View(features[:20], logits), View(features[20:], logits)))


def test_the_order_of_samples_does_not_matter() -> None:
    checks.order_does_not_matter(MMD, checks.rounded(), abs=1e-9)


def test_one_sample_has_no_score_and_two_have_one() -> None:
    source, target, _ = domains()
    assert math.isnan(MMD().score(source[:1], target[:1]))
    assert math.isfinite(MMD().score(source[:2], target[:2]))


def test_features_that_are_not_finite_give_nan() -> None:
    checks.broken_features_give_nan(MMD)


def test_large_splits_are_sampled_and_random_states_stay() -> None:
    checks.large_splits_are_sampled(MMD)
    checks.random_states_stay(MMD, most=100)


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match=r'`scales` above 0, got \(1.0, 0.0\)'):
        MMD((1.0, 0.0))
    with pytest.raises(ValueError, match=r"`bandwidth` to be one of .*got 'mode'"):
        MMD(bandwidth='mode')  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r'`most` above 1, got 1'):
        MMD(most=1)
