"""Accuracy on the nearest source sample."""

from __future__ import annotations

import math
from functools import partial

import pytest
import references_validators_a as ref
import torch
import validator_checks as checks
from planted_shift import domains

from dann.functional.distances import blocks
from dann.validators.nearest_source import Layer, NearestSource, nearest_source


@pytest.mark.parametrize(('count', 'other'), [(17, 12), (5, 9), (40, 33)])
@pytest.mark.parametrize('layer', ['probabilities', 'features'])
def test_against_the_formula(layer: Layer, count: int, other: int) -> None:
    source, target, _ = domains(count, other, tilt=0.4, shift=1.0)
    assert source.labels is not None
    correct = (source.predictions == source.labels).tolist()
    left, right = (getattr(view, layer).numpy() for view in (source, target))
    expected = ref.nearest_source(left, correct, right)
    assert NearestSource(layer).score(source, target) == pytest.approx(expected, abs=1e-12)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    source, target, _ = domains(tilt=0.4)
    whole = NearestSource('features').score(source, target)
    monkeypatch.setattr('dann.validators.nearest_source.blocks', partial(blocks, size=7))
    assert NearestSource('features').score(source, target) == pytest.approx(whole)


def test_equally_near_samples_are_averaged() -> None:
    source = torch.tensor([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]])
    correct = torch.tensor([True, False, False])
    assert nearest_source(source, correct, torch.tensor([[3.0, 0.1]])) == pytest.approx(0.5)


def test_a_better_model_scores_higher() -> None:
    checks.better_models_score_higher(NearestSource)


def test_the_order_of_samples_does_not_matter() -> None:
    checks.order_does_not_matter(NearestSource, checks.rounded(), abs=1e-9)


def test_a_collapsed_network_scores_the_share_of_its_class() -> None:
    source, target, share = checks.collapsed()
    assert NearestSource().score(source, target) == pytest.approx(share)


@pytest.mark.parametrize('count', [1, 2])
def test_tiny_splits_have_a_score(count: int) -> None:
    source, target, _ = domains()
    assert math.isfinite(NearestSource().score(source[:count], target[:count]))


def test_features_that_are_not_finite_give_nan() -> None:
    checks.broken_features_give_nan(NearestSource)


def test_large_splits_are_sampled_and_random_states_stay() -> None:
    checks.large_splits_are_sampled(NearestSource)
    checks.random_states_stay(NearestSource, most=100)


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match=r"`layer` to be one of .*'features'.*got 'logits'"):
        NearestSource('logits')  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r'`most` above 0, got 0'):
        NearestSource(most=0)
