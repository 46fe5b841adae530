"""Central moment discrepancy against the published formula."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import references_kernels as ker
import torch
from draws import SHAPES, Shapes, draw, pair, views

from dann.methods.alignment.cmd import CMD, cmd

shapes = pytest.mark.parametrize('shapes', SHAPES)


@shapes
@pytest.mark.parametrize(('moments', 'interval'), [(5, None), (3, 2.0), (1, 1.0)])
@pytest.mark.parametrize('squash', [True, False])
def test_cmd(shapes: Shapes, moments: int, interval: float | None, squash: bool) -> None:
    source, target = views(shapes)
    domains = [
        np.tanh(view.features.numpy()) if squash else view.features.numpy() for view in (source, target)
    ]
    expected = ker.cmd(domains[0], domains[1], moments, interval)
    got = CMD(moments=moments, interval=interval, squash=squash)(source, target, 0.5)['cmd']
    assert got.item() == pytest.approx(0.5 * expected, rel=1e-9)


def test_cmd_is_a_metric_blind_to_joint_scale_and_shift() -> None:
    source, target = pair(SHAPES[0])
    value = cmd(source, target)
    torch.testing.assert_close(cmd(target, source), value)
    torch.testing.assert_close(cmd(7 * source + 3, 7 * target + 3), value)
    assert float(cmd(source, source)) == 0
    shuffled = torch.stack([source[:, 0].roll(1), *source.T[1:]], dim=1)
    assert float(cmd(source, shuffled)) == pytest.approx(0, abs=1e-12)


def test_cmd_between_equal_or_constant_domains_has_a_finite_gradient() -> None:
    sample = draw(5, 4, grad=True)
    for domain in (sample, sample * 0 + 1):
        (grad,) = torch.autograd.grad(cmd(domain, domain.detach()), sample)
        assert grad.isfinite().all()


def test_gradients() -> None:
    assert torch.autograd.gradcheck(partial(cmd, interval=4.0), pair(((7, 4), (5, 4)), grad=True))


def test_options_out_of_range_are_named() -> None:
    with pytest.raises(ValueError, match='expected `interval`'):
        CMD(interval=0.0)


def test_the_measured_interval_is_held_constant_in_the_gradient() -> None:
    source, target = pair(SHAPES[0], grad=True)
    pooled = torch.cat([source, target]).detach()
    fixed = cmd(source, target, interval=float(pooled.max() - pooled.min()))
    expected = torch.autograd.grad(fixed, [source, target])
    torch.testing.assert_close(torch.autograd.grad(cmd(source, target), [source, target]), expected)
