"""Higher-order moment matching against the published formula."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import references_kernels as ker
import torch
from draws import SHAPES, Shapes, draw, pair, views
from training import module

from dann.core.alignment import Alignment
from dann.methods.alignment.coral import coral
from dann.methods.alignment.dann import DANN
from dann.methods.alignment.homm import HoMM, homm
from dann.methods.alignment.together import Together

shapes = pytest.mark.parametrize('shapes', SHAPES)


@shapes
@pytest.mark.parametrize(('order', 'centre'), [(1, False), (2, True), (3, True), (3, False), (4, True)])
@pytest.mark.parametrize('squash', [True, False])
def test_homm(shapes: Shapes, order: int, centre: bool, squash: bool) -> None:
    source, target = views(shapes)
    domains = [
        np.tanh(view.features.numpy()) if squash else view.features.numpy() for view in (source, target)
    ]
    expected = ker.homm(domains[0], domains[1], order, centre=centre)
    got = HoMM(order=order, centre=centre, squash=squash)(source, target, 0.5)['homm']
    assert got.item() == pytest.approx(0.5 * expected, rel=1e-9)


@pytest.mark.parametrize('order', [2, 3, 5])
def test_sampled_entries_estimate_the_mean_over_all(order: int) -> None:
    torch.manual_seed(0)
    source, target = pair(SHAPES[0])
    exact, rough = (homm(source, target, order=order, samples=samples) for samples in (None, 40_000))
    assert float(rough) == pytest.approx(float(exact), rel=0.1)
    again = homm(source, target, order=order, samples=40_000)
    assert not torch.equal(rough, again)


def test_homm_of_order_two_is_coral_and_blind_to_shifts() -> None:
    source, target = draw(8, 4, seed=1), 2 * draw(8, 4, seed=2)
    # CORAL divides by n - 1 and by 4 D^2
    torch.testing.assert_close(homm(source, target, order=2), 4 * (7 / 8) ** 2 * coral(source, target))
    torch.testing.assert_close(homm(source + 3, target - 2), homm(source, target))
    torch.testing.assert_close(homm(target, source), homm(source, target))
    assert float(homm(source, source)) == pytest.approx(0, abs=1e-12)


def test_homm_refuses_a_first_moment_without_a_mean() -> None:
    with pytest.raises(ValueError, match='`order` of at least 2 where `centre` is True, got 1'):
        HoMM(order=1)


@pytest.mark.parametrize(('order', 'centre'), [(3, True), (4, False)])
def test_gradients(order: int, centre: bool) -> None:
    loss = partial(homm, order=order, centre=centre)
    assert torch.autograd.gradcheck(loss, pair(((7, 4), (5, 4)), grad=True))


@pytest.mark.parametrize('most', [1, 40])
def test_strips_agree_with_the_matrix_of_all_pairs(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    domains = pair(((9, 4), (5, 4)), grad=True)
    expected = homm(*domains)
    for file in ('functional.kernel_sums', 'methods.alignment.homm'):
        monkeypatch.setattr(f'dann.{file}.PAIRS', most)
    got = homm(*domains)
    assert got.grad_fn is not None
    assert 'KernelSum' in got.grad_fn.name()
    torch.testing.assert_close(got, expected, rtol=1e-9, atol=1e-13)
    pairs = zip(torch.autograd.grad(got, domains), torch.autograd.grad(expected, domains), strict=True)
    for gradient, wanted in pairs:
        torch.testing.assert_close(gradient, wanted, rtol=1e-9, atol=1e-13)


def test_the_bottleneck_ends_in_the_authors_tanh_unless_the_configuration_names_another() -> None:
    def activation(alignment: Alignment, **options: Any) -> str:
        return type(list(module(alignment, **options).network.bottleneck.children())[-1]).__name__

    assert activation(HoMM()) == activation(Together([DANN(), HoMM()])) == 'Tanh'
    assert activation(HoMM(), bottleneck_activation='relu') == activation(DANN()) == 'ReLU'
    assert not list(module(HoMM(), bottleneck=None).network.bottleneck.children())


def test_options_out_of_range_are_named() -> None:
    with pytest.raises(ValueError, match='expected `samples`'):
        HoMM(samples=0)
