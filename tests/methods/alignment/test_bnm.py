"""BNM and its fast form against the published formulas."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

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

from dann.core.views import View
from dann.methods.alignment import Alignment
from dann.methods.alignment.bnm import BNM, fast_nuclear_norm, nuclear_norm

shapes = pytest.mark.parametrize('shape', SHAPES)


@shapes
def test_bnm(shape: tuple[int, int]) -> None:
    norm = out.nuclear_norm(ref.softmax(draw_wide(*shape).numpy()))
    assert float(loss(BNM(), draw_wide(*shape))) == pytest.approx(-norm / shape[0], rel=1e-7)
    assert float(loss(BNM(divide_by='rank'), draw_wide(*shape))) == pytest.approx(
        -norm / min(shape), rel=1e-7
    )


@shapes
def test_fbnm(shape: tuple[int, int]) -> None:
    norm = out.fast_nuclear_norm(ref.softmax(draw_wide(*shape).numpy()))
    assert float(loss(BNM(fast=True), draw_wide(*shape))) == pytest.approx(-norm / shape[0], rel=1e-9)


def test_the_fast_norm_is_the_norm_where_columns_are_orthogonal() -> None:
    p = certain(0, 0, 1, 2, 2, 2).softmax(dim=1)
    torch.testing.assert_close(fast_nuclear_norm(p), nuclear_norm(p))


@pytest.mark.parametrize('rank', [0, 1, 2])
def test_nuclear_norms_of_degenerate_matrices_have_finite_gradients(rank: int) -> None:
    matrix = (draw_wide(6, rank, seed=1) @ draw_wide(rank, 4, seed=2)).requires_grad_()
    for norm in (nuclear_norm, fast_nuclear_norm):
        (gradient,) = torch.autograd.grad(norm(matrix), matrix)
        assert gradient.isfinite().all()
    if rank:  # the subgradient of least norm: U V^T of what is not zero
        left, _, right = torch.linalg.svd(matrix.detach(), full_matrices=False)
        (gradient,) = torch.autograd.grad(nuclear_norm(matrix), matrix)
        torch.testing.assert_close(gradient, left[:, :rank] @ right[:rank])


def test_bnm_pytorch_adapt() -> None:
    """Nothing differs: the paper's division by the number of samples, not the authors' code's by the rank."""
    record = load('bnm_adapt')
    probabilities = record['logits'].softmax(dim=1)
    assert_agrees(-nuclear_norm(probabilities) / len(probabilities), record, 'logits')
    view = View(record['logits'], record['logits'])
    assert_agrees(BNM()(view, view, 1.0)['bnm'], record, 'logits')


def test_bounds() -> None:
    assert float(loss(BNM(), certain(0, 1, 2))) == pytest.approx(-1)
    assert float(loss(BNM(), certain(1, 1, 1))) == pytest.approx(-1 / math.sqrt(3))


@pytest.mark.parametrize('kind', [BNM, partial(BNM, fast=True)])
def test_gradients(kind: Callable[[], Alignment]) -> None:
    assert torch.autograd.gradcheck(partial(loss, kind()), draw_wide(5, 3).requires_grad_())


@pytest.mark.parametrize('kind', [BNM, partial(BNM, fast=True)])
@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_samples_classes_and_scale_do_not_break_the_loss(
    kind: Callable[[], Alignment], dtype: torch.dtype
) -> None:
    assert_finite_on_degenerate_batches(kind(), dtype)


@pytest.mark.parametrize('kind', [BNM, partial(BNM, fast=True)])
def test_samples_and_classes_have_no_order(kind: Callable[[], Alignment]) -> None:
    assert_no_order(kind())


@pytest.mark.parametrize('kind', [BNM, partial(BNM, fast=True)])
def test_logits_of_another_shape_are_named(kind: Callable[[], Alignment]) -> None:
    assert_shapes_named(kind())


def test_options_are_checked() -> None:
    with pytest.raises(
        ValueError, match=r"expected `divide_by` to be one of \('samples', 'rank'\), got 'mean'"
    ):
        BNM(divide_by='mean')  # type: ignore[arg-type]
