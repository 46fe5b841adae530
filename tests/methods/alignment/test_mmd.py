"""MMD against the published formula."""

from __future__ import annotations

from functools import partial
from typing import get_args

import numpy as np
import pytest
import references as ref
import torch
from draws import Shapes, assert_widths_differ_by_name, draw, hold_bandwidth, pair, views
from recorded import assert_agrees, assert_close, load, median_scales, pooled_scales

from dann.core.views import View
from dann.functional.kernels import gaussians
from dann.functional.layers import Layer
from dann.functional.mmd import Estimator, discrepancy
from dann.methods.alignment.mmd import MMD, mmd

SHAPES = [((9, 4), (5, 4)), ((2, 1), (3, 1)), ((64, 31), (33, 31))]
ESTIMATORS = get_args(Estimator)
shapes = pytest.mark.parametrize('shapes', SHAPES)
estimators = pytest.mark.parametrize('estimator', ESTIMATORS)


@shapes
@estimators
def test_mmd(shapes: Shapes, estimator: Estimator) -> None:
    source, target = pair(shapes)
    expected = ref.mmd(source.numpy(), target.numpy(), estimator)
    assert float(mmd(source, target, estimator=estimator)) == pytest.approx(expected, rel=1e-9)


@estimators
def test_mmd_of_other_scales(estimator: Estimator) -> None:
    source, target = pair(SHAPES[0])
    expected = ref.mmd(source.numpy(), target.numpy(), estimator, scales=(0.3, 4.0))
    got = mmd(source, target, scales=(0.3, 4.0), estimator=estimator)
    assert float(got) == pytest.approx(expected, rel=1e-9)


@estimators
def test_mmd_gradient_leaves_the_bandwidth_alone(estimator: Estimator) -> None:
    source, target = (domain.requires_grad_() for domain in pair(SHAPES[0]))
    gradients = torch.autograd.grad(mmd(source, target, estimator=estimator), (source, target))
    expected = ref.numerical_gradient(estimator, source.detach().numpy(), target.detach().numpy())
    for got, gradient in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(got.numpy(), gradient, rtol=1e-6, atol=1e-9)


@estimators
def test_mmd_is_symmetric_and_grows_with_the_shift(estimator: Estimator) -> None:
    source, target = draw(40, 4, seed=1), draw(30, 4, seed=2)
    near, far = (float(mmd(source, target + shift, estimator=estimator)) for shift in (0, 3))
    assert float(mmd(target, source, estimator=estimator)) == pytest.approx(near, rel=1e-9)
    assert far > near


def test_biased_mmd_is_zero_on_identical_samples_and_never_negative() -> None:
    sample = draw(9, 4)
    assert float(mmd(sample, sample, estimator='biased')) == pytest.approx(0, abs=1e-12)
    for seed in range(50):
        assert float(mmd(draw(9, 4, seed=seed), draw(5, 4, seed=seed + 50), estimator='biased')) >= 0


def test_unbiased_mmd_averages_to_zero_over_draws_of_one_distribution() -> None:
    draws = [float(mmd(draw(9, 4, seed=seed), draw(13, 4, seed=1000 + seed))) for seed in range(200)]
    assert abs(np.mean(draws)) < 4 * np.std(draws, ddof=1) / np.sqrt(len(draws))


def test_an_unknown_estimator_lists_the_known_ones() -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - every member is looked for below
        mmd(draw(9, 4), draw(5, 4), estimator='quadratic')  # type: ignore[arg-type]
    assert all(name in str(caught.value) for name in (*ESTIMATORS, 'quadratic'))


@pytest.mark.parametrize('estimator', ['unbiased', 'linear'])
def test_mmd_of_one_sample_is_undefined(estimator: Estimator) -> None:
    with pytest.raises(ValueError, match='at least 2 samples a domain'):
        mmd(draw(1, 4), draw(5, 4), estimator=estimator)


@estimators
def test_mmd_of_several_layers_is_the_sum(estimator: Estimator) -> None:
    source, target = views()
    layers = [
        (source.features, target.features),
        *zip(source.hidden, target.hidden, strict=True),
        (source.probabilities, target.probabilities),
    ]
    expected = sum(ref.mmd(left.numpy(), right.numpy(), estimator) for left, right in layers)
    method = MMD(layers=('features', 'hidden', 'probabilities'), estimator=estimator)
    assert method(source, target, 0.5)['mmd'].item() == pytest.approx(0.5 * expected, rel=1e-9)
    single = ref.mmd(source.features.numpy(), target.features.numpy(), estimator)
    assert MMD(estimator=estimator)(source, target, 1.0)['mmd'].item() == pytest.approx(single, rel=1e-9)


@pytest.mark.parametrize('layers', [(), ('features', 'features'), ('pixels',)])
def test_layers_are_named_and_differ(layers: tuple[Layer, ...]) -> None:
    with pytest.raises(ValueError, match=r"different ones of \('features', .*, got \("):
        MMD(layers=layers)


def test_a_head_without_hidden_layers_is_named() -> None:
    view = View(draw(5, 4), draw(5, 3))
    with pytest.raises(ValueError, match='classifier with hidden layers, got none'):
        MMD(layers=('hidden',))(view, view, 1.0)


def test_mmd_dalib() -> None:
    """Equal but for the diagonal in dalib's bandwidth and a constant 2 / (B - 1) on its value."""
    record = load('mmd_dalib')
    value = mmd(record['source'], record['target'], scales=pooled_scales(record))
    assert_agrees(value + 2 / (len(record['source']) - 1), record, 'source', 'target')


def test_linear_mmd_dalib() -> None:
    """dalib pairs every sample with the next, around the end: the mean of our disjoint pairs from 0 and from 1."""
    record = load('mmd_dalib_linear')
    scales = pooled_scales(record)
    shifts = [
        mmd(
            record['source'].roll(-shift, 0),
            record['target'].roll(-shift, 0),
            scales=scales,
            estimator='linear',
        )
        for shift in (0, 1)
    ]
    value = (shifts[0] + shifts[1]) / 2 + 2 / (len(record['source']) - 1)
    assert_agrees(value, record, 'source', 'target')


def test_mmd_pytorch_adapt() -> None:
    """It divides by the source's median distance, scales its inverse, and takes the kernels' mean, not their sum."""
    record = load('mmd_adapt_quadratic')
    scales = median_scales(record)
    assert_agrees(
        mmd(record['source'], record['target'], scales=scales) / len(scales), record, 'source', 'target'
    )


def test_linear_mmd_pytorch_adapt() -> None:
    """The same differences as for the quadratic estimator; the pairs are ours."""
    record = load('mmd_adapt_linear')
    scales = median_scales(record)
    value = mmd(record['source'], record['target'], scales=scales, estimator='linear') / len(scales)
    assert_agrees(value, record, 'source', 'target')


def test_mmd_skada() -> None:
    """Its Gaussian takes the distance, not its square: a Laplace kernel, biased; the Gaussian gives 15% more here."""
    record = load('mmd_skada')
    both, sigmas = ([record['source']], [record['target']]), record.options['sigmas']
    halves = [sigma / 2 for sigma in sigmas]
    value = discrepancy(*both, [lambda squares: gaussians(squares.sqrt(), halves, 1.0)], 'biased')
    assert_agrees(value, record, within=1e-6)
    gaussian = discrepancy(*both, [lambda squares: gaussians(squares, halves, 1.0)], 'biased')
    assert_close(gaussian / record.value, torch.tensor(1.1548, dtype=torch.float64), within=1e-4)


@pytest.mark.parametrize('estimator', ['biased', 'linear'])
def test_gradients(estimator: Estimator, monkeypatch: pytest.MonkeyPatch) -> None:
    hold_bandwidth(monkeypatch)
    source, target = pair(((7, 4), (5, 4)), grad=True)
    assert torch.autograd.gradcheck(partial(mmd, estimator=estimator), (source, target))


def test_widths_that_differ_are_named() -> None:
    assert_widths_differ_by_name(mmd)
