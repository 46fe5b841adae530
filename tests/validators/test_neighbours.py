"""Scores that compare the target's features with the source's: neighbours, kernels, and the way back."""

from __future__ import annotations

import math

import numpy as np
import pytest
import references_validators_a as ref
import torch
from planted_shift import domains, shuffled

from dann.core.views import View
from dann.functional.neighbours import neighbour_mean
from dann.validators.mmd import MMD, SCALES, mmd
from dann.validators.nearest_source import Layer, NearestSource
from dann.validators.reverse_validation import ReverseValidation
from dann.validators.target_knn import TargetKNN

KINDS = [NearestSource, TargetKNN, MMD, ReverseValidation]
Kind = type[NearestSource] | type[TargetKNN] | type[MMD] | type[ReverseValidation]
SIZES = [(17, 12), (5, 9), (40, 33)]


def labels(view: View) -> ref.Labels:
    assert view.labels is not None
    found: ref.Labels = view.labels.numpy()
    return found


@pytest.mark.parametrize(('count', 'other'), SIZES)
@pytest.mark.parametrize('layer', ['probabilities', 'features'])
def test_nearest_source(layer: Layer, count: int, other: int) -> None:
    source, target, _ = domains(count, other, tilt=0.4, shift=1.0)
    correct = (source.predictions.numpy() == labels(source)).tolist()
    ours, theirs = (getattr(view, layer).numpy() for view in (source, target))
    expected = ref.nearest_source(ours, correct, theirs)
    assert NearestSource(layer).score(source, target) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(('count', 'other'), SIZES)
@pytest.mark.parametrize('k', [1, 3, 5])
def test_target_knn(k: int, count: int, other: int) -> None:
    source, target, _ = domains(count, other, tilt=0.4, shift=1.0)
    ours, theirs = source.features.numpy(), target.features.numpy()
    expected = ref.target_knn(ours, labels(source), theirs, target.predictions.numpy(), k)
    assert TargetKNN(k).score(source, target) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(('count', 'other'), [*SIZES, (2, 3)])
@pytest.mark.parametrize('scales', [(1.0,), SCALES])
def test_mmd(scales: tuple[float, ...], count: int, other: int) -> None:
    source, target, _ = domains(count, other, shift=1.0)
    expected = ref.negative_mmd(source.features.numpy(), target.features.numpy(), scales)
    assert MMD(scales).score(source, target) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(('count', 'other'), [(17, 12), (40, 33)])
@pytest.mark.parametrize('penalty', [0.01, 1.0])
def test_reverse_validation(penalty: float, count: int, other: int) -> None:
    source, target, _ = domains(count, other, tilt=0.4, shift=1.0)
    expected = ref.reverse_validation(
        target.features.numpy(),
        target.predictions.numpy(),
        source.features.numpy(),
        labels(source),
        penalty,
    )
    assert ReverseValidation(penalty).score(source, target) == pytest.approx(expected, abs=1e-12)


def test_equally_far_neighbours_share_the_places_left() -> None:
    distances = torch.tensor([[1.0, 2.0, 2.0, 2.0, 9.0]], dtype=torch.float64)
    values = torch.tensor([1.0, 1.0, 0.0, 0.0, 7.0], dtype=torch.float64)
    assert float(neighbour_mean(distances, values, 2)) == pytest.approx((1 + 1 / 3) / 2)
    assert float(neighbour_mean(distances, values, 3)) == pytest.approx((1 + 2 / 3) / 3)
    assert float(neighbour_mean(distances, values, 5)) == pytest.approx(values.mean())


@pytest.mark.parametrize('kind', [NearestSource, TargetKNN, ReverseValidation])
def test_a_better_model_scores_higher(kind: Kind) -> None:
    scores, accuracies = [], []
    for tilt in (0.0, 0.5, 1.0):
        source, target, hidden = domains(300, 300, shift=0.3, tilt=tilt)
        scores.append(kind().score(source, target))
        accuracies.append(float((target.predictions == hidden).double().mean()))
    assert scores == sorted(scores, reverse=True)
    assert accuracies == sorted(accuracies, reverse=True)


def test_nearer_domains_have_less_mmd() -> None:
    scores = [MMD().score(*domains(200, 150, shift=shift)[:2]) for shift in (0.0, 0.5, 1.0, 2.0)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == pytest.approx(0, abs=0.02)


def test_mmd_ignores_translation_rotation_and_scale() -> None:
    source, target, _ = domains()
    turn = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(0)).double()).Q
    moved = [7 * (view.features @ turn) + 100 for view in (source, target)]
    assert mmd(*moved) == pytest.approx(mmd(source.features, target.features), rel=1e-9)


@pytest.mark.parametrize('kind', KINDS)
def test_the_order_of_samples_does_not_matter(kind: Kind) -> None:
    source, target, _ = domains(tilt=0.4)
    source = View(source.features.round(), source.logits.round(), source.labels)
    target = View(target.features.round(), target.logits.round())
    got = kind().score(shuffled(source), shuffled(target))
    assert got == pytest.approx(kind().score(source, target), abs=1e-9)


@pytest.mark.parametrize('kind', [NearestSource, TargetKNN, ReverseValidation])
def test_a_collapsed_network_scores_the_share_of_its_class(kind: Kind) -> None:
    source, target, _ = domains()
    logits = torch.tensor([[5.0, 0.0, 0.0]], dtype=torch.float64)
    source = View(torch.ones(60, 3), logits.expand(60, 3), source.labels)
    target = View(torch.ones(50, 3), logits.expand(50, 3))
    share = float((torch.from_numpy(labels(source)) == 0).double().mean())
    assert kind().score(source, target) == pytest.approx(share)


def test_mmd_of_a_collapsed_network_is_zero() -> None:
    source, target, _ = domains()
    features = torch.ones(110, 3)
    assert MMD().score(View(features[:60], source.logits), View(features[60:], target.logits)) == 0


def test_mmd_where_most_samples_are_equal_is_finite() -> None:
    features = torch.zeros(40, 3)
    features[-2:] = 1
    logits = torch.zeros(20, 3)
    assert math.isfinite(MMD().score(View(features[:20], logits), View(features[20:], logits)))


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('value', [math.inf, math.nan])
def test_features_that_are_not_finite_give_nan(kind: Kind, value: float) -> None:
    source, target, _ = domains()
    target.features[3, 0] = value
    target.logits[3, 0] = value
    assert math.isnan(kind().score(source, target))


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('count', [1, 2])
def test_tiny_splits_end_no_run(kind: Kind, count: int) -> None:
    source, target, _ = domains()
    score = kind().score(source[:count], target[:count])
    assert math.isnan(score) if kind is MMD and count == 1 else math.isfinite(score)


@pytest.mark.parametrize('kind', KINDS)
def test_large_splits_are_sampled(kind: Kind) -> None:
    source, target, _ = domains(400, 300, tilt=0.4)
    few = kind(most=100).score(source, target)
    assert few == kind(most=100).score(source, target)
    assert few != kind().score(source, target)
    assert few == pytest.approx(kind().score(source, target), abs=0.2)


@pytest.mark.parametrize('kind', KINDS)
def test_random_states_stay_where_they_were(kind: Kind) -> None:
    source, target, _ = domains(400, 300)
    torch.manual_seed(3)
    np.random.seed(3)
    kind(most=100).score(source, target)
    after = float(torch.rand(())), float(np.random.rand())
    torch.manual_seed(3)
    np.random.seed(3)
    assert after == (float(torch.rand(())), float(np.random.rand()))


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match=r"`layer` to be one of .*'features'.*got 'logits'"):
        NearestSource('logits')  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r'`k` above 0, got 0'):
        TargetKNN(0)
    with pytest.raises(ValueError, match=r'`scales` above 0, got \(1.0, 0.0\)'):
        MMD((1.0, 0.0))
    with pytest.raises(ValueError, match=r'`penalty` above 0, got 0'):
        ReverseValidation(0)
    for kind in KINDS:
        with pytest.raises(ValueError, match=r'`most` above \d, got 0'):
            kind(most=0)
