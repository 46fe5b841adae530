"""Joint MMD against the published formula."""

from __future__ import annotations

from typing import get_args

import pytest
import references_kernels as ker
import torch
from draws import SHAPES, Shapes, draw, hold_bandwidth, pair, views
from recorded import Published, assert_agrees, by_median, load, pooled_scales
from torch import Tensor

from dann.functional.mmd import Estimator, discrepancy
from dann.methods.alignment.jmmd import JMMD, jmmd
from dann.methods.alignment.mmd import mmd

ESTIMATORS = get_args(Estimator)
shapes = pytest.mark.parametrize('shapes', SHAPES)
estimators = pytest.mark.parametrize('estimator', ESTIMATORS)


@shapes
@estimators
@pytest.mark.parametrize('variance', [0.84, None])
def test_jmmd(shapes: Shapes, estimator: Estimator, variance: float | None) -> None:
    source, target = views(shapes)
    sources, targets = ([view.features.numpy(), view.probabilities.numpy()] for view in (source, target))
    expected = ker.jmmd(sources, targets, [None, variance], estimator)
    got = JMMD(estimator=estimator, variance=variance)(source, target, 0.5)
    assert got['jmmd'].item() == pytest.approx(0.5 * expected, rel=1e-9, abs=1e-13)


@estimators
def test_jmmd_of_one_layer_is_mmd(estimator: Estimator) -> None:
    source, target = views()
    alone = JMMD(layers=('features',), estimator=estimator)(source, target, 1.0)['jmmd']
    torch.testing.assert_close(alone, mmd(source.features, target.features, estimator=estimator))


def test_jmmd_sees_a_shift_of_the_joint_that_no_layer_shows() -> None:
    # the same features and the same predictions, paired the other way round
    features, rows = draw(40, 4, seed=1), torch.eye(2, dtype=torch.float64)[torch.arange(40) // 20]
    features[:20] += 3
    assert float(jmmd([features, rows], [features, rows.flip(0)], estimator='biased')) > 0.5
    for layer, other in ((features, features), (rows, rows.flip(0))):
        assert float(mmd(layer, other, estimator='biased')) == pytest.approx(0, abs=1e-12)


def test_unbiased_jmmd_averages_to_zero_over_draws_of_one_distribution() -> None:
    draws = [
        float(
            jmmd(*([draw(9, 4, seed=side + seed), draw(9, 3, seed=99 + side + seed)] for side in (0, 7000)))
        )
        for seed in range(200)
    ]
    assert abs(sum(draws) / 200) < 4 * torch.tensor(draws).std() / 200**0.5


def outputs(record: Published) -> tuple[list[Tensor], list[Tensor]]:
    """Return the features and the probabilities of each domain."""
    source = [record['source'], record['source_logits'].softmax(dim=1)]
    return source, [record['target'], record['target_logits'].softmax(dim=1)]


def test_jmmd_dalib() -> None:
    """The same two differences as for MK-MMD; the constant 2 / (B - 1) is there whatever the number of kernels."""
    record = load('jmmd_dalib')
    variances = (None, record.options['sigma'] ** 2)
    value = jmmd(*outputs(record), scales=pooled_scales(record), variances=variances)
    assert_agrees(value + 2 / (len(record['source']) - 1), record, *record.inputs)


@pytest.mark.parametrize('estimator', ['unbiased', 'linear'])
def test_jmmd_pytorch_adapt(estimator: Estimator) -> None:
    """It has several kernels around the source's median for each layer, the probabilities too, and their mean."""
    record = load('jmmd_adapt_linear') if estimator == 'linear' else load('jmmd_adapt_quadratic')
    sources, targets = outputs(record)
    kernels = [by_median(record, source) for source in sources]
    assert_agrees(discrepancy(sources, targets, kernels, estimator), record, *record.inputs)


def test_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    hold_bandwidth(monkeypatch)
    source, target = pair(((7, 4), (5, 4)), grad=True)
    assert torch.autograd.gradcheck(
        lambda s, t: jmmd([s, s.softmax(dim=1)], [t, t.softmax(dim=1)], variances=[None, 0.84]),
        (source, target),
    )


def test_options_out_of_range_are_named() -> None:
    with pytest.raises(ValueError, match='expected `variance`'):
        JMMD(variance=0.0)
