"""The entropy of predictions against its formula."""

from __future__ import annotations

import math
from functools import partial

import pytest
import references_output as out
import torch
from draws import draw_wide
from output_losses import (
    SHAPES,
    assert_finite_on_degenerate_batches,
    assert_no_order,
    assert_shapes_named,
    certain,
    loss,
)

from dann.methods.alignment.min_entropy import MinEntropy

shapes = pytest.mark.parametrize('shape', SHAPES)


@shapes
def test_entropy(shape: tuple[int, int]) -> None:
    expected = out.mean_entropy(draw_wide(*shape).numpy())
    assert float(loss(MinEntropy(), draw_wide(*shape))) == pytest.approx(expected, rel=1e-9)
    normalised = float(loss(MinEntropy(normalise=True), draw_wide(*shape)))
    assert normalised == pytest.approx(expected / math.log(shape[1]), rel=1e-9)


def test_bounds() -> None:
    vague = torch.zeros(3, 3).double()
    assert float(loss(MinEntropy(normalise=True), vague)) == pytest.approx(1)
    assert float(loss(MinEntropy(), certain(1, 1, 1))) == pytest.approx(0, abs=1e-12)


def test_gradients() -> None:
    assert torch.autograd.gradcheck(partial(loss, MinEntropy()), draw_wide(5, 3).requires_grad_())


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_samples_classes_and_scale_do_not_break_the_loss(dtype: torch.dtype) -> None:
    assert_finite_on_degenerate_batches(MinEntropy(), dtype)


def test_samples_and_classes_have_no_order() -> None:
    assert_no_order(MinEntropy())


def test_logits_of_another_shape_are_named() -> None:
    assert_shapes_named(MinEntropy())
