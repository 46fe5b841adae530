"""The Wasserstein critic and its gradient penalty."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import references_adversarial as adv
import torch
from draws import assert_widths_differ_by_name, built, draw, leaf_views
from torch import Tensor, nn

from dann.core.views import View
from dann.methods.alignment import Alignment
from dann.methods.alignment.wdgrl import WDGRL, gradient_penalty, random_interpolates


@pytest.mark.parametrize('sizes', [(9, 5), (2, 6), (1, 1), (4, 4)])
def test_interpolates_lie_between_pairs_that_use_every_sample(sizes: tuple[int, int]) -> None:
    source, target = torch.arange(float(sizes[0]))[:, None], 100 + torch.arange(float(sizes[1]))[:, None]
    torch.manual_seed(0)
    points = random_interpolates(source, target)
    assert points.shape == (max(sizes), 1)
    assert ((points >= 0) & (points <= 100 + sizes[1])).all()
    # over axes of their own, the share of each sample tells who was paired
    eye = torch.eye(sum(sizes), dtype=torch.float64)
    points = random_interpolates(eye[: sizes[0]], eye[sizes[0] :])
    torch.testing.assert_close(points.sum(dim=1), torch.ones(max(sizes)).double())
    assert ((points > 0).sum(dim=1) == 2).all()
    assert (points > 0).any(dim=0).all()


def test_gradient_penalty() -> None:
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1), nn.Flatten(0)).double()
    points = draw(7, 4, seed=1)
    first, bias, last = (critic.get_parameter(name) for name in ('0.weight', '0.bias', '2.weight'))
    weights = [x.detach().numpy() for x in (first, bias, last[0])]
    expected = adv.slope_penalty(weights[0], weights[1], weights[2], points.numpy())
    assert gradient_penalty(critic, points).item() == pytest.approx(expected, rel=1e-9)
    with torch.no_grad():
        assert gradient_penalty(critic, points).item() == pytest.approx(expected, rel=1e-9)


def test_gradient_penalty_is_differentiable_in_the_critic() -> None:
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 1), nn.Flatten(0)).double()
    points = draw(7, 4, seed=1)
    names, weights = zip(*critic.named_parameters(), strict=True)

    def penalty(*values: Tensor) -> Tensor:
        named = dict(zip(names, values, strict=True))
        return gradient_penalty(lambda x: torch.func.functional_call(critic, named, (x,)), points)

    free = [weight.detach().clone().requires_grad_() for weight in weights]
    assert torch.autograd.gradcheck(penalty, free)


def test_wdgrl() -> None:
    method = built(WDGRL(hidden=(6,), penalty=7.0))
    source, target = leaf_views()
    torch.manual_seed(0)
    terms = method(source, target, 0.5)
    means = [float(np.mean(method.critic(view.features).detach().numpy())) for view in (source, target)]
    assert terms.keys() == {'wasserstein', 'gradient_penalty'}
    assert terms['wasserstein'].item() == pytest.approx(means[1] - means[0], rel=1e-9)
    figures = method.diagnose(source, target)
    assert figures['wasserstein_distance'] == pytest.approx(means[0] - means[1], rel=1e-9)
    inputs = [source.features, target.features]
    leaks = torch.autograd.grad(terms['gradient_penalty'], inputs, retain_graph=True, materialize_grads=True)
    assert not any(leak.any() for leak in leaks)
    torch.manual_seed(0)
    between = random_interpolates(*inputs)
    points = torch.cat([*inputs, between]).detach().numpy()
    first, bias, last = (
        method.get_parameter(f'critic.0.{name}').detach().numpy()
        for name in ('0.weight', '0.bias', '2.weight')
    )
    expected = 7 * adv.slope_penalty(first, bias, last[0], points)
    assert terms['gradient_penalty'].item() == pytest.approx(expected, rel=1e-9)


def test_the_wasserstein_critic_learns_the_distance_of_two_points() -> None:
    method = built(WDGRL(hidden=(32,)), width=1)
    source = View(torch.zeros(8, 1).double(), torch.zeros(8, 3).double())
    target = View(torch.full((8, 1), 0.5).double(), torch.zeros(8, 3).double())
    optimizer = torch.optim.Adam(method.parameters(), lr=0.01)
    for _ in range(300):
        optimizer.zero_grad()
        torch.stack(list(method(source, target, 0.0).values())).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    # W1 is 0.5; the penalty allows a slope of 1 + W1 / (2 gamma) = 1.025
    assert method.diagnose(source, target)['wasserstein_distance'] == pytest.approx(0.5125, rel=0.05)


@pytest.mark.parametrize(
    ('kind', 'options', 'message'),
    [
        (WDGRL, {'hidden': (0,)}, 'expected `hidden` sizes above 0'),
        (WDGRL, {'penalty': -1.0}, 'expected `penalty` of at least 0, got -1.0'),
        (WDGRL, {'norm': 'batch'}, 'batch norm mixes them; use layer'),
        (WDGRL, {'dropout': 1.0}, 'expected `dropout` in'),
    ],
)
def test_options_are_checked(kind: type[Alignment], options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kind(**options)


def test_widths_that_differ_are_named() -> None:
    assert_widths_differ_by_name(random_interpolates)


def test_the_penalty_of_a_critic_with_layer_norm_is_that_of_each_sample() -> None:
    method, (source, target) = (
        built(WDGRL(hidden=(6, 5), norm='layer', dropout=0.5)).eval(),
        leaf_views((4, 1)),
    )
    points = torch.cat([source.features, target.features]).detach()
    alone = [gradient_penalty(method.critic, point[None]) for point in points]
    torch.testing.assert_close(gradient_penalty(method.critic, points), torch.stack(alone).mean())
    scores = adv.with_norm(method.critic, source.features, 'layer')[:, 0]
    np.testing.assert_allclose(method.critic(source.features).detach().numpy(), scores, rtol=1e-9)
    loss = torch.stack(list(method.train()(source, target, 1.0).values())).sum()
    assert all(each.isfinite().all() for each in torch.autograd.grad(loss, [*method.critic.parameters()]))
