"""AFN against the published formulas."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import references_adversarial as adv
import torch
from draws import assert_widths_differ_by_name, leaf_views, pair
from recorded import assert_agrees, load
from torch import Tensor, nn
from training import module

from dann.methods.alignment import Alignment
from dann.methods.alignment.afn import AFN, hard_norm, stepwise_norm
from dann.methods.alignment.dann import DANN
from dann.methods.alignment.together import Together

SHAPES = [((9, 4), (5, 4)), ((1, 1), (3, 1)), ((4, 7), (13, 7))]
shapes = pytest.mark.parametrize('shapes', SHAPES)
Shapes = tuple[tuple[int, int], tuple[int, int]]


@shapes
def test_stepwise_norm(shapes: Shapes) -> None:
    source, target = pair(shapes, grad=True)
    loss = stepwise_norm(source, target, step=0.7)
    assert loss.item() == pytest.approx(0.49)
    old = source.detach().numpy(), target.detach().numpy()
    got = torch.autograd.grad(loss, [source, target])
    expected = (
        adv.numerical_gradient(lambda x: adv.stepwise_norm(x, old[1], *old, 0.7), old[0]),
        adv.numerical_gradient(lambda x: adv.stepwise_norm(old[0], x, *old, 0.7), old[1]),
    )
    for left, right in zip(got, expected, strict=True):
        np.testing.assert_allclose(left.numpy(), right, rtol=1e-6, atol=1e-8)


@shapes
def test_hard_norm(shapes: Shapes) -> None:
    source, target = pair(shapes, grad=True)
    expected = adv.hard_norm(source.detach().numpy(), target.detach().numpy(), 3.0)
    assert hard_norm(source, target, 3.0).item() == pytest.approx(expected, rel=1e-9)
    assert torch.autograd.gradcheck(partial(hard_norm, radius=3.0), (source, target))


@pytest.mark.parametrize('norm', [stepwise_norm, hard_norm])
def test_norms_pull_outwards_and_rest_at_zero(norm: Callable[[Tensor, Tensor], Tensor]) -> None:
    source, target = pair(SHAPES[0], grad=True)
    (gradient,) = torch.autograd.grad(norm(source, target), source)
    assert ((gradient * source).sum(dim=1) < 0).all()
    nought = torch.zeros(3, 4, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(norm(nought, nought), nought)
    assert not gradient.any()


@pytest.mark.parametrize(('options', 'norm'), [({}, stepwise_norm), ({'radius': 25.0}, hard_norm)])
def test_afn_chooses_its_norm(options: dict[str, Any], norm: Callable[[Tensor, Tensor], Tensor]) -> None:
    source, target = leaf_views()
    got = AFN(**options)(source, target, 0.05)['afn']
    torch.testing.assert_close(got, 0.05 * norm(source.features, target.features))


@pytest.mark.parametrize(
    ('kind', 'options', 'message'),
    [
        (AFN, {'step': 0.0}, 'expected `step` above 0, got 0.0'),
        (AFN, {'radius': -1.0}, 'expected `radius` above 0 or null, got -1.0'),
    ],
)
def test_options_are_checked(kind: type[Alignment], options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kind(**options)


def test_afn_pytorch_adapt() -> None:
    """Nothing differs: the mean runs over all samples it is given, here of two domains."""
    record = load('afn_adapt')
    features = record['features']
    assert_agrees(stepwise_norm(features[:4], features[4:], record.options['step_size']), record, 'features')


@pytest.mark.parametrize('norm', [stepwise_norm, hard_norm])
def test_widths_that_differ_are_named(norm: Callable[[Tensor, Tensor], Tensor]) -> None:
    assert_widths_differ_by_name(norm)


def test_the_bottleneck_has_the_papers_batch_norm_unless_the_configuration_names_another() -> None:
    choices: dict[str | None, dict[str, Any]] = {
        None: {},
        'none': {'bottleneck_norm': 'none'},
        'layer': {'bottleneck_norm': 'layer'},
        'no bottleneck': {'bottleneck': None},
    }
    kinds = {
        asked: [type(layer).__name__ for layer in module(AFN(), **options).network.bottleneck.children()]
        for asked, options in choices.items()
    }
    assert kinds[None] == ['Linear', 'BatchNorm1d', 'ReLU']
    assert kinds['none'] == ['Linear', 'ReLU']
    assert kinds['layer'] == ['Linear', 'LayerNorm', 'ReLU']
    assert kinds['no bottleneck'] == []
    together = module(Together([DANN(), AFN()])).network.bottleneck
    assert isinstance(list(together.children())[1], nn.BatchNorm1d)
    assert len(list(module(DANN()).network.bottleneck.children())) == 2
