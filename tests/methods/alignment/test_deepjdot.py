"""Joint optimal transport against the published formula."""

from __future__ import annotations

import sys

import pytest
import references_kernels as ker
import torch
from draws import CLASSES, SHAPES, Shapes, assert_source_labels_needed, draw, pair, views
from recorded import assert_agrees, load

from dann.core.errors import UserError
from dann.core.views import View
from dann.functional.labels import labels_of
from dann.methods.alignment.deepjdot import DeepJDOT, joint_cost, transport_plan

shapes = pytest.mark.parametrize('shapes', SHAPES)


@pytest.mark.parametrize('shapes', [((5, 4), (5, 4)), ((2, 3), (4, 3)), ((2, 3), (3, 3)), ((1, 2), (4, 2))])
@pytest.mark.parametrize(('alpha', 'lambda_t'), [(0.001, 0.0001), (0.5, 2.0), (0.0, 1.0)])
def test_deepjdot(shapes: Shapes, alpha: float, lambda_t: float) -> None:
    source, target = views(shapes)
    cost = ker.deepjdot_cost(
        source.features.numpy(),
        labels_of(source).numpy(),
        target.features.numpy(),
        target.logits.numpy(),
        alpha,
        lambda_t,
    )
    got = DeepJDOT(alpha=alpha, lambda_t=lambda_t)(source, target, 0.5)['deepjdot']
    assert got.item() == pytest.approx(0.5 * ker.cheapest_transport(cost), rel=1e-9)


def test_the_transport_plan_is_detached_and_moves_all_mass() -> None:
    cost = draw(9, 5).square().requires_grad_()
    plan = transport_plan(cost)
    assert not plan.requires_grad
    assert plan.min() >= 0
    torch.testing.assert_close(plan.sum(dim=1), plan.new_full((9,), 1 / 9))
    torch.testing.assert_close(plan.sum(dim=0), plan.new_full((5,), 1 / 5))
    (grad,) = torch.autograd.grad((plan * cost).sum(), cost)
    torch.testing.assert_close(grad, plan)


def test_deepjdot_moves_nothing_between_equal_confident_domains() -> None:
    labels = torch.arange(6) % CLASSES
    source = View(draw(6, 4), 100 * torch.nn.functional.one_hot(labels, CLASSES).double(), labels)
    target = View(source.features.flip(0), source.logits.flip(0))
    assert DeepJDOT()(source, target, 1.0)['deepjdot'].item() == pytest.approx(0, abs=1e-12)


def test_a_missing_solver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'ot', None)
    with pytest.raises(UserError, match=r"needs the package POT; pip install -e '\.\[ot\]'"):
        transport_plan(draw(2, 2))


def test_a_diverged_cost_is_named() -> None:
    with pytest.raises(ValueError, match='finite transport cost, got inf or nan'):
        transport_plan(draw(2, 2) / 0)


def test_deepjdot_skada() -> None:
    """Nothing differs; its factors are called `reg_dist` and `reg_cl`, and it takes equal batches only."""
    record = load('deepjdot_skada')
    parts = [record[name] for name in ('source', 'labels', 'target', 'target_logits')]
    cost = joint_cost(*parts, alpha=record.options['reg_dist'], lambda_t=record.options['reg_cl'])
    assert_agrees((transport_plan(cost) * cost).sum(), record, 'source', 'target', 'target_logits')


def test_gradients_of_the_cost() -> None:
    labels = torch.arange(7) % CLASSES
    assert torch.autograd.gradcheck(
        lambda s, t: joint_cost(s, labels, t, t, alpha=0.5, lambda_t=2.0), pair(((7, 4), (5, 4)), grad=True)
    )


def test_an_unlabelled_source_is_named() -> None:
    assert_source_labels_needed(DeepJDOT())


def test_options_out_of_range_are_named() -> None:
    with pytest.raises(ValueError, match='expected `alpha`'):
        DeepJDOT(alpha=-1.0)
