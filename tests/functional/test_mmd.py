"""Maximum mean discrepancy, and that every part of the package means the same by it."""

from __future__ import annotations

from functools import partial
from typing import get_args

import pytest
import references as ref
import references_validators_a as val
import torch
from draws import SHAPES, Shapes, draw, pair

from dann.core.views import View
from dann.functional.distances import blocks
from dann.functional.kernels import SCALES, Bandwidth, Gaussians, mean_distance
from dann.functional.mmd import Estimator, discrepancy, mmd, unbiased_mmd
from dann.methods.alignment.mmd import MMD as Alignment
from dann.shift import mmd as shift
from dann.validators.mmd import MMD as Validator

estimators = pytest.mark.parametrize('estimator', get_args(Estimator))
shapes = pytest.mark.parametrize('shapes', SHAPES)
bandwidths = pytest.mark.parametrize('bandwidth', get_args(Bandwidth))


def width(shapes: Shapes, bandwidth: Bandwidth) -> float:
    source, target = (domain.numpy() for domain in pair(shapes))
    return val.median_distance(source, target) if bandwidth == 'median' else ref.bandwidth(source, target)


@shapes
@estimators
@bandwidths
def test_mmd(shapes: Shapes, estimator: Estimator, bandwidth: Bandwidth) -> None:
    source, target = pair(shapes)
    expected = ref.mmd(
        source.numpy(), target.numpy(), estimator, scales=(0.3, 4.0), width=width(shapes, bandwidth)
    )
    got = mmd(source, target, scales=(0.3, 4.0), bandwidth=bandwidth, estimator=estimator)
    assert float(got) == pytest.approx(expected, rel=1e-9, abs=1e-13)


@shapes
@bandwidths
@pytest.mark.parametrize('block', [1, 4, 512])
def test_blocks_change_nothing(
    shapes: Shapes, bandwidth: Bandwidth, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('dann.functional.mmd.blocks', partial(blocks, size=block))
    source, target = pair(shapes)
    expected = float(mmd(source, target, bandwidth=bandwidth))
    assert unbiased_mmd(source, target, bandwidth=bandwidth) == pytest.approx(expected, rel=1e-9, abs=1e-13)
    assert unbiased_mmd(source, target, bandwidth=bandwidth) == pytest.approx(
        ref.mmd(source.numpy(), target.numpy(), width=width(shapes, bandwidth)), rel=1e-9, abs=1e-13
    )


@bandwidths
def test_loss_validator_and_gap_mean_the_same(bandwidth: Bandwidth) -> None:
    source, target = pair(((40, 6), (30, 6)))
    views = View(source, source), View(target, target)
    loss = float(Alignment(bandwidth=bandwidth)(*views, 1.0)['mmd'])
    assert Validator(bandwidth=bandwidth).score(*views) == pytest.approx(-loss, rel=1e-9)
    arrays = source.numpy(), target.numpy()
    assert shift.unbiased_mmd(*arrays, bandwidth=bandwidth) == pytest.approx(loss, rel=1e-9)
    tested = shift.mmd_test(*arrays, bandwidth=bandwidth, permutations=9)
    assert tested.value == pytest.approx(loss, rel=1e-9)


@estimators
def test_mmd_keeps_its_digits_far_from_the_origin(estimator: Estimator) -> None:
    near = [(domain / domain.std()).float() + 1000 for domain in pair(((40, 16), (30, 16)))]
    exact = [domain.double().requires_grad_() for domain in near]
    rough = [domain.requires_grad_() for domain in near]
    expected = torch.autograd.grad(mmd(exact[0], exact[1], estimator=estimator), exact)
    got = torch.autograd.grad(mmd(rough[0], rough[1], estimator=estimator), rough)
    for left, right in zip(got, expected, strict=True):
        assert float((left - right).norm() / right.norm()) < 1e-4


@pytest.mark.parametrize('estimator', ['biased', 'linear'])
def test_gradients(estimator: Estimator, monkeypatch: pytest.MonkeyPatch) -> None:
    # the bandwidth is held constant in the gradient; so that differences see no other function, it is here too
    monkeypatch.setattr('dann.functional.kernels.mean_distance', lambda pooled: pooled.new_tensor(6.0))
    inputs = draw(7, 4, seed=1, grad=True), draw(5, 4, seed=2, grad=True)
    assert torch.autograd.gradcheck(lambda s, t: mmd(s, t, estimator=estimator), inputs)


@shapes
@estimators
@pytest.mark.parametrize('most', [1, 40, 2**20])
@pytest.mark.parametrize('dtype', [torch.float64, torch.float32])
def test_strips_agree_with_the_matrix_of_all_pairs(
    shapes: Shapes, estimator: Estimator, most: int, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('dann.functional.kernel_sums.PAIRS', most)
    domains = [domain.to(dtype).requires_grad_() for domain in pair(shapes)]
    source, target = domains
    kernel = Gaussians(SCALES, mean_distance(torch.cat(domains)))
    got = mmd(source, target, estimator=estimator)
    # a kernel that is just any function is taken of the whole matrix, through autograd
    expected = discrepancy([source], [target], [lambda gaps: kernel(gaps)], estimator)
    rtol, atol = (1e-9, 1e-13) if dtype == torch.float64 else (1e-5, 1e-6)
    torch.testing.assert_close(got, expected, rtol=rtol, atol=atol)
    pairs = zip(torch.autograd.grad(got, domains), torch.autograd.grad(expected, domains), strict=True)
    for gradient, wanted in pairs:
        torch.testing.assert_close(gradient, wanted, rtol=rtol, atol=atol)


@pytest.mark.parametrize('estimator', ['unbiased', 'biased'])
def test_autocast_changes_nothing(estimator: Estimator) -> None:
    domains = [domain.float().requires_grad_() for domain in pair(((40, 6), (30, 6)))]
    expected = mmd(*domains, estimator=estimator)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        got = mmd(*domains, estimator=estimator)
    assert torch.equal(got, expected)
    assert torch.equal(torch.autograd.grad(got, domains)[0], torch.autograd.grad(expected, domains)[0])


def test_a_move_a_turn_and_a_scale_change_nothing() -> None:
    source, target = pair(SHAPES[0])
    turn = torch.linalg.qr(draw(4, 4, seed=5)).Q
    moved = [7 * (domain @ turn) + 100 for domain in (source, target)]
    assert unbiased_mmd(*moved) == pytest.approx(unbiased_mmd(source, target), rel=1e-9)


def test_the_discrepancy_of_several_layers_multiplies_their_kernels() -> None:
    source, target = pair(SHAPES[0])
    kernels = [lambda gaps: (-gaps).exp(), lambda gaps: (-gaps / 2).exp()]
    both = discrepancy([source, source], [target, target], kernels, 'biased')
    torch.testing.assert_close(
        both, discrepancy([source], [target], [lambda gaps: (-1.5 * gaps).exp()], 'biased')
    )


@pytest.mark.parametrize('estimator', ['unbiased', 'linear'])
def test_too_few_samples_are_named(estimator: Estimator) -> None:
    with pytest.raises(ValueError, match='at least 2 samples a domain, got 1 and 5'):
        mmd(draw(1, 4), draw(5, 4), estimator=estimator)
    with pytest.raises(ValueError, match='at least 2 samples a domain, got 1 and 5'):
        unbiased_mmd(draw(1, 4), draw(5, 4))


def test_an_unknown_estimator_is_named() -> None:
    with pytest.raises(ValueError, match=r"`estimator` to be one of .*'linear'.*, got 'cubic'"):
        mmd(draw(3, 4), draw(5, 4), estimator='cubic')  # type: ignore[arg-type]
