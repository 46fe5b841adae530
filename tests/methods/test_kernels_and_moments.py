"""Kernel, moment and transport losses against the published formulas, in double precision."""

from __future__ import annotations

from typing import get_args

import pytest
import references as ref
import torch
from torch import Tensor

from dann.methods.alignment.kernels import Estimator
from dann.methods.alignment.layers import Layer
from dann.methods.alignment.mmd import MMD, mmd
from dann.views import View

SHAPES = [((9, 4), (5, 4)), ((2, 1), (3, 1)), ((12, 7), (15, 7))]
CLASSES = 3
ESTIMATORS = get_args(Estimator)
shapes = pytest.mark.parametrize('shapes', SHAPES)
estimators = pytest.mark.parametrize('estimator', ESTIMATORS)
Shapes = tuple[tuple[int, int], tuple[int, int]]


def draw(*shape: int, seed: int = 0, grad: bool = False) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).requires_grad_(grad)


def pair(shapes: Shapes) -> tuple[Tensor, Tensor]:
    """Two domains that differ in mean and spread."""
    return draw(*shapes[0], seed=1), 1.5 * draw(*shapes[1], seed=2) + 0.5


def views(shapes: Shapes = SHAPES[0]) -> tuple[View, View]:
    """Both domains as a network sees them, with two hidden layers and source labels."""
    source, target = (
        View(
            features,
            2 * draw(len(features), CLASSES, seed=3 + side),
            hidden=tuple(draw(len(features), width, seed=5 + side + width) for width in (6, 2)),
        )
        for side, features in enumerate(pair(shapes))
    )
    labels = torch.arange(len(source)) % CLASSES
    return View(source.features, source.logits, labels, source.hidden), target


@estimators
def test_mmd_keeps_its_digits_far_from_the_origin(estimator: Estimator) -> None:
    near = [(domain / domain.std()).float() + 1000 for domain in pair(((40, 16), (30, 16)))]
    exact = [domain.double().requires_grad_() for domain in near]
    rough = [domain.requires_grad_() for domain in near]
    expected = torch.autograd.grad(mmd(exact[0], exact[1], estimator=estimator), exact)
    got = torch.autograd.grad(mmd(rough[0], rough[1], estimator=estimator), rough)
    for ours, theirs in zip(got, expected, strict=True):
        assert float((ours - theirs).norm() / theirs.norm()) < 1e-4


@estimators
def test_mmd_of_several_layers_is_the_sum(estimator: Estimator) -> None:
    source, target = views()
    layers = [
        (source.features, target.features),
        *zip(source.hidden, target.hidden, strict=True),
        (source.probabilities, target.probabilities),
    ]
    expected = sum(ref.mmd(ours.numpy(), theirs.numpy(), estimator) for ours, theirs in layers)
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
