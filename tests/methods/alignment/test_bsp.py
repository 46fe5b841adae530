"""The spectral penalty against the published formula."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import references_adversarial as adv
import torch
from draws import assert_widths_differ_by_name, draw, pair
from recorded import assert_agrees, load

from dann.methods.alignment import Alignment
from dann.methods.alignment.bsp import BSP, spectral_penalty

SHAPES = [((9, 4), (5, 4)), ((1, 1), (3, 1)), ((4, 7), (13, 7))]
shapes = pytest.mark.parametrize('shapes', SHAPES)
Shapes = tuple[tuple[int, int], tuple[int, int]]


@shapes
@pytest.mark.parametrize('count', [1, 2, 9])
def test_spectral_penalty(shapes: Shapes, count: int) -> None:
    source, target = pair(shapes, grad=True)
    expected = adv.spectral_penalty(source.detach().numpy(), target.detach().numpy(), count)
    assert spectral_penalty(source, target, count).item() == pytest.approx(expected, rel=1e-6)
    assert torch.autograd.gradcheck(partial(spectral_penalty, count=count), (source, target))


def test_spectral_penalty_sees_neither_rotations_nor_the_order_of_samples() -> None:
    source, target = pair(SHAPES[0], grad=True)
    rotation = torch.linalg.qr(draw(4, 4))[0]
    moved = spectral_penalty(source.flip(0) @ rotation, target @ rotation, 2)
    torch.testing.assert_close(moved, spectral_penalty(source, target, 2))
    torch.testing.assert_close(spectral_penalty(3 * source, 3 * target), 9 * spectral_penalty(source, target))


@pytest.mark.parametrize('value', [0.0, 1.0])
@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_spectral_penalty_of_constant_features_has_a_finite_gradient(
    value: float, dtype: torch.dtype
) -> None:
    flat = torch.full((6, 4), value, dtype=dtype, requires_grad=True)
    loss = spectral_penalty(flat, flat, count=4)
    assert loss.item() == pytest.approx(2 * 24 * value, rel=1e-5)
    assert torch.autograd.grad(loss, flat)[0].isfinite().all()


@pytest.mark.parametrize(
    ('kind', 'options', 'message'), [(BSP, {'count': 0}, 'expected `count` above 0, got 0')]
)
def test_options_are_checked(kind: type[Alignment], options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kind(**options)


@pytest.mark.parametrize('count', [1, 2])
def test_bsp_pytorch_adapt(count: int) -> None:
    """It penalises one domain, ours the sum of both; the other one is zero here."""
    record = load('bsp_adapt') if count == 1 else load('bsp_adapt_two')
    features = record['features']
    assert_agrees(spectral_penalty(features, torch.zeros_like(features), count), record, 'features')


def test_widths_that_differ_are_named() -> None:
    assert_widths_differ_by_name(spectral_penalty)
