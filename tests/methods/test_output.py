"""Losses on target predictions against the published formulas."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import partial

import pytest
import references as ref
import references_output as out
import torch
from torch import Tensor

from dann.core.views import View
from dann.methods.alignment import Alignment
from dann.methods.alignment.bnm import BNM, fast_nuclear_norm, nuclear_norm
from dann.methods.alignment.infomax import InfoMax, negative_information
from dann.methods.alignment.mcc import MCC, class_confusion
from dann.methods.alignment.min_entropy import MinEntropy

SHAPES = [(9, 4), (3, 7), (1, 2), (33, 5)]
shapes = pytest.mark.parametrize('shape', SHAPES)
KINDS: list[Callable[[], Alignment]] = [MCC, BNM, partial(BNM, fast=True), InfoMax, MinEntropy]
kinds = pytest.mark.parametrize('kind', KINDS, ids=['mcc', 'bnm', 'fbnm', 'infomax', 'entropy'])


def draw(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 2 * torch.randn(*shape, generator=generator, dtype=torch.float64)


def loss(method: Alignment, logits: Tensor) -> Tensor:
    """The only term, of a source that nothing should read."""
    source = View(torch.full((2, 3), torch.nan), torch.full((2, logits.shape[1]), torch.nan))
    (term,) = method(source, View(logits.new_zeros(len(logits), 3), logits), 1.0).values()
    return term


def certain(*classes: int, of: int = 3) -> Tensor:
    return 200 * torch.nn.functional.one_hot(torch.tensor(classes), of).double()


@shapes
@pytest.mark.parametrize('temperature', [1.0, 2.5])
def test_mcc(shape: tuple[int, int], temperature: float) -> None:
    expected = out.class_confusion(draw(*shape).numpy(), temperature)
    assert float(loss(MCC(temperature=temperature), draw(*shape))) == pytest.approx(expected, rel=1e-9)


def test_mcc_weights_are_constant_in_the_gradient() -> None:
    logits = draw(5, 3).requires_grad_()
    (got,) = torch.autograd.grad(class_confusion(logits, 1.0), logits)
    weights = torch.from_numpy(ref.entropy_weights(logits.detach().numpy()))
    p = logits.softmax(dim=1)
    confusion = p.T @ (weights[:, None] * p)
    plain = 1 - (confusion.diagonal() / confusion.sum(dim=1)).mean()
    torch.testing.assert_close(got, torch.autograd.grad(plain, logits)[0])


@shapes
def test_bnm(shape: tuple[int, int]) -> None:
    norm = out.nuclear_norm(ref.softmax(draw(*shape).numpy()))
    assert float(loss(BNM(), draw(*shape))) == pytest.approx(-norm / shape[0], rel=1e-7)
    assert float(loss(BNM(divide_by='rank'), draw(*shape))) == pytest.approx(-norm / min(shape), rel=1e-7)


@shapes
def test_fbnm(shape: tuple[int, int]) -> None:
    norm = out.fast_nuclear_norm(ref.softmax(draw(*shape).numpy()))
    assert float(loss(BNM(fast=True), draw(*shape))) == pytest.approx(-norm / shape[0], rel=1e-9)


def test_the_fast_norm_is_the_norm_where_columns_are_orthogonal() -> None:
    p = certain(0, 0, 1, 2, 2, 2).softmax(dim=1)
    torch.testing.assert_close(fast_nuclear_norm(p), nuclear_norm(p))


@pytest.mark.parametrize('rank', [0, 1, 2])
def test_nuclear_norms_of_degenerate_matrices_have_finite_gradients(rank: int) -> None:
    matrix = (draw(6, rank, seed=1) @ draw(rank, 4, seed=2)).requires_grad_()
    for norm in (nuclear_norm, fast_nuclear_norm):
        (gradient,) = torch.autograd.grad(norm(matrix), matrix)
        assert gradient.isfinite().all()
    if rank:  # the subgradient of least norm: U V^T of what is not zero
        left, _, right = torch.linalg.svd(matrix.detach(), full_matrices=False)
        (gradient,) = torch.autograd.grad(nuclear_norm(matrix), matrix)
        torch.testing.assert_close(gradient, left[:, :rank] @ right[:rank])


@shapes
def test_infomax(shape: tuple[int, int]) -> None:
    expected = -out.information(draw(*shape).numpy())
    assert float(loss(InfoMax(), draw(*shape))) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@shapes
def test_entropy(shape: tuple[int, int]) -> None:
    expected = out.mean_entropy(draw(*shape).numpy())
    assert float(loss(MinEntropy(), draw(*shape))) == pytest.approx(expected, rel=1e-9)
    normalised = float(loss(MinEntropy(normalise=True), draw(*shape)))
    assert normalised == pytest.approx(expected / math.log(shape[1]), rel=1e-9)


@kinds
def test_gradients(kind: Callable[[], Alignment]) -> None:
    # the temperature of 2.5 included; MCC's constant weights would fail, and have a test of their own
    if kind is not MCC:
        assert torch.autograd.gradcheck(partial(loss, kind()), draw(5, 3).requires_grad_())


def test_bounds() -> None:
    spread, collapsed, vague = certain(0, 1, 2), certain(1, 1, 1), torch.zeros(3, 3).double()
    assert float(class_confusion(spread)) == pytest.approx(0, abs=1e-12)
    assert float(class_confusion(vague)) == pytest.approx(2 / 3)
    assert float(loss(BNM(), spread)) == pytest.approx(-1)
    assert float(loss(BNM(), collapsed)) == pytest.approx(-1 / math.sqrt(3))
    assert float(negative_information(spread)) == pytest.approx(-math.log(3))
    assert float(negative_information(collapsed)) == pytest.approx(0, abs=1e-12)
    assert float(loss(MinEntropy(normalise=True), vague)) == pytest.approx(1)
    assert float(loss(MinEntropy(), collapsed)) == pytest.approx(0, abs=1e-12)


@kinds
@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_samples_classes_and_scale_do_not_break_a_loss(
    kind: Callable[[], Alignment], dtype: torch.dtype
) -> None:
    batches = [certain(0, 2), certain(0), certain(1, 1, 1), 1e4 * draw(5, 3), torch.zeros(4, 3).double()]
    for batch in batches:
        logits = batch.to(dtype).requires_grad_()
        value = loss(kind(), logits)
        assert value.isfinite()
        assert torch.autograd.grad(value, logits)[0].isfinite().all()


@kinds
def test_samples_and_classes_have_no_order(kind: Callable[[], Alignment]) -> None:
    logits, rng = draw(6, 4), torch.Generator().manual_seed(0)
    rows, columns = torch.randperm(6, generator=rng), torch.randperm(4, generator=rng)
    torch.testing.assert_close(loss(kind(), logits[rows][:, columns]), loss(kind(), logits))


@kinds
@pytest.mark.parametrize('shape', [(0, 3), (4, 1), (4,)])
def test_logits_of_another_shape_are_named(kind: Callable[[], Alignment], shape: tuple[int, ...]) -> None:
    logits = torch.zeros(shape)
    source = View(torch.zeros(2, 3), torch.zeros(2, 3))
    with pytest.raises(ValueError, match=rf'expected logits of shape \(B, C\).*got {re.escape(str(shape))}'):
        kind()(source, View(torch.zeros(len(logits), 3), logits), 1.0)


def test_options_are_checked() -> None:
    with pytest.raises(ValueError, match='expected `temperature` above 0, got 0'):
        MCC(temperature=0)
    with pytest.raises(
        ValueError, match=r"expected `divide_by` to be one of \('samples', 'rank'\), got 'mean'"
    ):
        BNM(divide_by='mean')  # type: ignore[arg-type]
