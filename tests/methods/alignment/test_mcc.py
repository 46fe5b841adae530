"""Class confusion against the published formula."""

from __future__ import annotations

import pytest
import references as ref
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
from recorded import assert_agrees, load

from dann.functional.entropies import entropies
from dann.methods.alignment.mcc import MCC, class_confusion

shapes = pytest.mark.parametrize('shape', SHAPES)


@shapes
@pytest.mark.parametrize('temperature', [1.0, 2.5])
def test_mcc(shape: tuple[int, int], temperature: float) -> None:
    expected = out.class_confusion(draw_wide(*shape).numpy(), temperature)
    assert float(loss(MCC(temperature=temperature), draw_wide(*shape))) == pytest.approx(expected, rel=1e-9)


def test_mcc_weights_are_constant_in_the_gradient() -> None:
    logits = draw_wide(5, 3).requires_grad_()
    (got,) = torch.autograd.grad(class_confusion(logits, 1.0), logits)
    weights = torch.from_numpy(ref.entropy_weights(logits.detach().numpy()))
    p = logits.softmax(dim=1)
    confusion = p.T @ (weights[:, None] * p)
    plain = 1 - (confusion.diagonal() / confusion.sum(dim=1)).mean()
    torch.testing.assert_close(got, torch.autograd.grad(plain, logits)[0])


def test_mcc_pytorch_adapt() -> None:
    """Nothing differs; it divides columns where the paper divides rows, and the matrix is symmetric."""
    record = load('mcc_adapt')
    assert_agrees(class_confusion(record['logits'], record.options['T']), record, 'logits')


def test_mcc_skada() -> None:
    """Equal in value but for an epsilon in a logarithm; its gradient flows through the weights as well."""
    record = load('mcc_skada')
    temperature = record.options['T']
    assert_agrees(class_confusion(record['logits'], temperature), record, within=1e-6)
    probabilities = (record['logits'] / temperature).softmax(dim=1)
    weights = 1 + (-entropies(record['logits'] / temperature)).exp()
    confusion = probabilities.T @ (weights[:, None] * probabilities)
    attached = 1 - (confusion.diagonal() / confusion.sum(dim=1)).mean()
    assert_agrees(attached, record, 'logits', within=1e-6)


def test_bounds() -> None:
    spread, vague = certain(0, 1, 2), torch.zeros(3, 3).double()
    assert float(class_confusion(spread)) == pytest.approx(0, abs=1e-12)
    assert float(class_confusion(vague)) == pytest.approx(2 / 3)


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_samples_classes_and_scale_do_not_break_the_loss(dtype: torch.dtype) -> None:
    assert_finite_on_degenerate_batches(MCC(), dtype)


def test_samples_and_classes_have_no_order() -> None:
    assert_no_order(MCC())


def test_logits_of_another_shape_are_named() -> None:
    assert_shapes_named(MCC())


def test_options_are_checked() -> None:
    with pytest.raises(ValueError, match='expected `temperature` above 0, got 0'):
        MCC(temperature=0)


def test_the_default_temperature_is_the_papers() -> None:
    logits = draw_wide(7, 4)
    expected = out.class_confusion(logits.numpy(), 2.5)
    assert float(loss(MCC(), logits)) == pytest.approx(expected, rel=1e-9)
    assert float(class_confusion(logits)) == pytest.approx(expected, rel=1e-9)
