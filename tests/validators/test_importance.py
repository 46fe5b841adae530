"""Importance-weighted scores, and the density ratio under them."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable

import numpy as np
import pytest
import references_validators_a as ref
import torch
from planted_shift import domains, shuffled
from references import Array

from dann.core.views import View
from dann.validators import density_ratio as ratios
from dann.validators.density_ratio import density_ratio, importance_weights
from dann.validators.dev import DEV, dev_risk
from dann.validators.devn import DEVN, normalise
from dann.validators.iwcv import IWCV
from dann.validators.risks import Loss
from dann.validators.source_risk import SourceRisk

Kind = type[IWCV] | type[DEV] | type[DEVN]
KINDS: list[tuple[Kind, Callable[[Array, Array], float]]] = [
    (IWCV, ref.iwcv),
    (DEV, ref.dev),
    (DEVN, ref.devn),
]


def losses(view: View, loss: Loss) -> Array:
    assert view.labels is not None
    of = ref.errors if loss == 'error' else ref.cross_entropies
    return of(view.logits.numpy(), view.labels.numpy())


@pytest.mark.parametrize('decay', [1.0, 0.01])
@pytest.mark.parametrize(('count', 'other'), [(12, 9), (5, 8)])
def test_density_ratio_is_the_cross_fitted_one(decay: float, count: int, other: int) -> None:
    source, target, _ = domains(count, other, width=2)
    ours, theirs = source.features.numpy(), target.features.numpy()
    folds = ratios.folds(ours, 3), ratios.folds(theirs, 3)
    expected = ref.density_ratio(ours, theirs, decay, folds)
    got = density_ratio(ours, theirs, decays=(decay,), count=3)
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
    ours, theirs = source.features.numpy(), target.features.numpy()
    got = density_ratio(ours, theirs, decays=(10.0, 0.001))
    other = density_ratio(ours, theirs, decays=(0.001 if best == 10 else 10.0,))
    assert got == pytest.approx(density_ratio(ours, theirs, decays=(best,)))
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


@pytest.mark.parametrize('loss', ['error', 'cross_entropy'])
@pytest.mark.parametrize(('kind', 'reference'), KINDS)
def test_scores(kind: Kind, reference: Callable[[Array, Array], float], loss: Loss) -> None:
    source, target, _ = domains(tilt=0.4)
    weights = importance_weights(source, target)
    got = kind(loss=loss).score(source, target)
    assert got == pytest.approx(reference(weights, losses(source, loss)), rel=1e-9)


def test_source_risk() -> None:
    source, target, _ = domains()
    expected = -losses(source, 'cross_entropy').mean()
    assert SourceRisk().score(source, target) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize('weight', [1.0, 0.3, 0.1])
def test_dev_of_constant_weights_is_the_weighted_risk(weight: float) -> None:
    values = np.random.default_rng(0).random(31)
    assert dev_risk(np.full(31, weight), values) == pytest.approx(weight * values.mean(), rel=1e-12)


def test_dev_knows_that_weights_have_mean_one() -> None:
    weights, values = np.array([0.2, 0.4, 1.2]), np.full(3, 0.5)
    assert dev_risk(weights, values) == pytest.approx(0.5)


def test_normalised_weights_have_mean_one_and_silence_the_control_variate() -> None:
    weights, values = np.random.default_rng(1).exponential(size=(2, 40))
    moved = normalise(weights)
    assert moved.mean() == pytest.approx(1)
    assert 0 <= moved.min() < moved.max() < 2
    assert dev_risk(moved, values) == pytest.approx((moved * values).mean())


@pytest.mark.parametrize('kind', [IWCV, DEV, DEVN, SourceRisk])
def test_a_better_model_scores_higher(kind: Kind | type[SourceRisk]) -> None:
    scores, accuracies = [], []
    for tilt in (0.0, 0.5, 1.0):
        source, target, labels = domains(300, 300, shift=0.3, tilt=tilt)
        scores.append(kind().score(source, target))
        accuracies.append(float((target.predictions == labels).double().mean()))
    assert scores == sorted(scores, reverse=True)
    assert accuracies == sorted(accuracies, reverse=True)


@pytest.mark.parametrize('kind', [IWCV, DEV])
def test_the_target_risk_is_met_where_the_source_risk_misleads(kind: Kind) -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2000, 1))
    z = rng.standard_normal((2000, 1)) + 1
    logits = [torch.from_numpy(np.hstack([v * 0, v - 0.5])) for v in (x, z)]
    labels = torch.from_numpy((x[:, 0] > 1.5).astype(np.int64))
    truth = (z[:, 0] > 1.5) != (z[:, 0] > 0.5)
    source, target = View(torch.from_numpy(x), logits[0], labels), View(torch.from_numpy(z), logits[1])
    plain = float((source.predictions != labels).double().mean())
    assert abs(-kind().score(source, target) - truth.mean()) < 0.3 * abs(plain - truth.mean())


@pytest.mark.parametrize('kind', [IWCV, DEV, DEVN])
def test_the_order_of_samples_does_not_matter(kind: Kind) -> None:
    source, target, _ = domains(tilt=0.4)
    got = kind().score(shuffled(source), shuffled(target))
    assert got == pytest.approx(kind().score(source, target), rel=1e-3)


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


@pytest.mark.parametrize('kind', [IWCV, DEV, DEVN])
@pytest.mark.parametrize('spoil', ['one source', 'one target', 'infinite', 'nan'])
def test_undefined_scores_are_nan(kind: Kind, spoil: str) -> None:
    source, target, _ = domains()
    if spoil == 'one source':
        source = source[:1]
    elif spoil == 'one target':
        target = target[:1]
    else:
        target.features[3, 0] = math.inf if spoil == 'infinite' else math.nan
    assert math.isnan(kind().score(source, target))


@pytest.mark.parametrize('kind', [IWCV, DEV, DEVN])
@pytest.mark.parametrize('count', [2, 3, 60])
def test_a_collapsed_network_has_the_risk_of_its_class(kind: Kind, count: int) -> None:
    classes = domains()[0].labels
    assert classes is not None
    logits = torch.tensor([[5.0, 0.0, 0.0]], dtype=torch.float64)
    source = View(torch.zeros(count, 3), logits.expand(count, 3), classes[:count])
    target = View(torch.zeros(count, 3), logits.expand(count, 3))
    expected = float(np.mean(classes[:count].numpy() != 0))
    assert -kind(loss='error').score(source, target) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize('kind', [IWCV, DEV, DEVN])
def test_domains_far_apart_give_a_finite_score(kind: Kind) -> None:
    source, target, _ = domains(shift=1e4)
    assert math.isfinite(kind().score(source, target))


@pytest.mark.parametrize('kind', [IWCV, DEV, DEVN])
def test_an_unknown_loss_is_refused(kind: Kind) -> None:
    with pytest.raises(ValueError, match=r"`loss` to be one of .*'error'.*got 'squared'"):
        kind(loss='squared')  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r'`most` above 1, got 1'):
        kind(most=1)
