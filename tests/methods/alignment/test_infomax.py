"""Information maximisation against the published formula."""

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
from recorded import assert_agrees, assert_close, load

from dann.functional.entropies import entropies
from dann.methods.alignment.infomax import InfoMax, negative_information

shapes = pytest.mark.parametrize('shape', SHAPES)


@shapes
def test_infomax(shape: tuple[int, int]) -> None:
    expected = -out.information(draw_wide(*shape).numpy())
    assert float(loss(InfoMax(), draw_wide(*shape))) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_entropy_and_information_pytorch_adapt() -> None:
    """Nothing differs: its entropy and its diversity add up to our negative information, but for an epsilon."""
    record, diversity = load('entropy_adapt'), load('diversity_adapt')
    assert_agrees(entropies(record['logits']).mean(), record, 'logits')
    value = negative_information(record['logits'])
    assert_close(value, record.value + diversity.value, within=1e-6)
    (gradient,) = torch.autograd.grad(value, record['logits'])
    parts = record.gradients['logits'], diversity.gradients['logits']
    assert parts[0] is not None
    assert parts[1] is not None
    assert_close(gradient, parts[0] + parts[1], within=1e-6)


def test_bounds() -> None:
    assert float(negative_information(certain(0, 1, 2))) == pytest.approx(-math.log(3))
    assert float(negative_information(certain(1, 1, 1))) == pytest.approx(0, abs=1e-12)


def test_gradients() -> None:
    assert torch.autograd.gradcheck(partial(loss, InfoMax()), draw_wide(5, 3).requires_grad_())


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_samples_classes_and_scale_do_not_break_the_loss(dtype: torch.dtype) -> None:
    assert_finite_on_degenerate_batches(InfoMax(), dtype)


def test_samples_and_classes_have_no_order() -> None:
    assert_no_order(InfoMax())


def test_logits_of_another_shape_are_named() -> None:
    assert_shapes_named(InfoMax())
