"""Adversarial losses and penalties against the published formulas."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import numpy as np
import pytest
import references as ref
import references_adversarial as adv
import torch
from torch import Tensor, nn

from dann.core.views import View
from dann.methods.alignment import Alignment
from dann.methods.alignment.afn import AFN, hard_norm, stepwise_norm
from dann.methods.alignment.bnm import BNM
from dann.methods.alignment.bsp import BSP, spectral_penalty
from dann.methods.alignment.cdan import CDAN
from dann.methods.alignment.coral import CORAL
from dann.methods.alignment.dann import DANN
from dann.methods.alignment.infomax import InfoMax
from dann.methods.alignment.mcc import MCC
from dann.methods.alignment.mdd import MDD, log_not, margin_disparity
from dann.methods.alignment.min_entropy import MinEntropy
from dann.methods.alignment.together import Together
from dann.methods.alignment.wdgrl import WDGRL, gradient_penalty, random_interpolates

SHAPES = [((9, 4), (5, 4)), ((1, 1), (3, 1)), ((4, 7), (13, 7))]
shapes = pytest.mark.parametrize('shapes', SHAPES)
Kind = TypeVar('Kind', bound=Alignment)
Shapes = tuple[tuple[int, int], tuple[int, int]]
PAIRS = [stepwise_norm, hard_norm, spectral_penalty, random_interpolates]


def draw(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def pair(shapes: Shapes) -> tuple[Tensor, Tensor]:
    return draw(*shapes[0], seed=1).requires_grad_(), (1.5 * draw(*shapes[1], seed=2) + 0.5).requires_grad_()


def built(method: Kind, width: int = 4, classes: int = 3) -> Kind:
    torch.manual_seed(0)
    method.build(width, classes)
    return method.double()


def views(sizes: tuple[int, int] = (9, 5)) -> tuple[View, View]:
    return (
        View(draw(sizes[0], 4, seed=3).requires_grad_(), draw(sizes[0], 3, seed=4).requires_grad_()),
        View(draw(sizes[1], 4, seed=5).requires_grad_(), draw(sizes[1], 3, seed=6).requires_grad_()),
    )


@pytest.mark.parametrize('kind', [DANN, CDAN, partial(CDAN, randomized_dim=8), partial(DANN, entropy=True)])
def test_a_new_domain_critic_knows_nothing(kind: Callable[[], Alignment]) -> None:
    (loss,) = built(kind())(*views((64, 64)), 1.0).values()
    assert loss.item() == pytest.approx(np.log(2), abs=0.1)


@pytest.mark.parametrize('margin', [1.0, 4.0])
@pytest.mark.parametrize('sizes', [(9, 5), (1, 3)])
def test_mdd(margin: float, sizes: tuple[int, int]) -> None:
    method = built(MDD(margin=margin, hidden=(6,)))
    source, target = views(sizes)
    scores = [method.critic(view.features).detach().numpy() for view in (source, target)]
    classes = [[int(np.argmax(row)) for row in view.logits.detach().numpy()] for view in (source, target)]
    expected = adv.margin_disparity(scores[0], scores[1], classes[0], classes[1], margin)
    terms = method(source, target, 0.3)
    assert terms.keys() == {'mdd'}
    assert terms['mdd'].item() == pytest.approx(expected, rel=1e-9)


def test_mdd_leaves_the_main_head_alone_and_pulls_the_two_heads_the_right_way() -> None:
    source, target = views()
    loss = built(MDD())(source, target, 1.0)['mdd']
    grads = torch.autograd.grad(loss, [source.logits, target.logits], materialize_grads=True)
    assert not any(grad.any() for grad in grads)
    scores = torch.zeros(1, 3, dtype=torch.float64)
    sure, classes = scores.clone(), torch.tensor([1])
    sure[0, 1] = 5.0
    assert margin_disparity(sure, scores, classes, classes) < margin_disparity(
        scores, scores, classes, classes
    )
    assert margin_disparity(scores, sure, classes, classes) > margin_disparity(
        scores, scores, classes, classes
    )


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_the_logarithm_of_not_a_certain_class_is_finite(dtype: torch.dtype) -> None:
    logits = torch.tensor([[500.0, 0.0, -500.0], [0.0, 1.0, 2.0]], dtype=dtype, requires_grad=True)
    got = log_not(logits, torch.tensor([0, 2]))
    assert got[0].item() == pytest.approx(-500)
    assert got[1].item() == pytest.approx((1 - logits[1].softmax(dim=0)[2]).log().item(), rel=1e-5)
    (gradient,) = torch.autograd.grad(got.sum(), logits)
    assert gradient.isfinite().all()
    assert gradient.abs().max() <= 1 + 1e-6


def test_mdd_gradients() -> None:
    loss = partial(
        margin_disparity, source_classes=torch.tensor([0, 2, 1]), target_classes=torch.tensor([1, 1])
    )
    inputs = draw(3, 3, seed=1).requires_grad_(), draw(2, 3, seed=2).requires_grad_()
    assert torch.autograd.gradcheck(loss, inputs)


@shapes
def test_stepwise_norm(shapes: Shapes) -> None:
    source, target = pair(shapes)
    loss = stepwise_norm(source, target, step=0.7)
    assert loss.item() == pytest.approx(0.49)
    old = source.detach().numpy(), target.detach().numpy()
    got = torch.autograd.grad(loss, [source, target])
    expected = (
        adv.numerical_gradient(lambda x: adv.stepwise_norm(x, old[1], *old, 0.7), old[0]),
        adv.numerical_gradient(lambda x: adv.stepwise_norm(old[0], x, *old, 0.7), old[1]),
    )
    for ours, theirs in zip(got, expected, strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-6, atol=1e-8)


@shapes
def test_hard_norm(shapes: Shapes) -> None:
    source, target = pair(shapes)
    expected = adv.hard_norm(source.detach().numpy(), target.detach().numpy(), 3.0)
    assert hard_norm(source, target, 3.0).item() == pytest.approx(expected, rel=1e-9)
    assert torch.autograd.gradcheck(partial(hard_norm, radius=3.0), (source, target))


@pytest.mark.parametrize('norm', [stepwise_norm, hard_norm])
def test_norms_pull_outwards_and_rest_at_zero(norm: Callable[[Tensor, Tensor], Tensor]) -> None:
    source, target = pair(SHAPES[0])
    (gradient,) = torch.autograd.grad(norm(source, target), source)
    assert ((gradient * source).sum(dim=1) < 0).all()
    nought = torch.zeros(3, 4, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(norm(nought, nought), nought)
    assert not gradient.any()


@pytest.mark.parametrize(('options', 'norm'), [({}, stepwise_norm), ({'radius': 25.0}, hard_norm)])
def test_afn_chooses_its_norm(options: dict[str, Any], norm: Callable[[Tensor, Tensor], Tensor]) -> None:
    source, target = views()
    got = AFN(**options)(source, target, 0.05)['afn']
    torch.testing.assert_close(got, 0.05 * norm(source.features, target.features))


@shapes
@pytest.mark.parametrize('count', [1, 2, 9])
def test_spectral_penalty(shapes: Shapes, count: int) -> None:
    source, target = pair(shapes)
    expected = adv.spectral_penalty(source.detach().numpy(), target.detach().numpy(), count)
    assert spectral_penalty(source, target, count).item() == pytest.approx(expected, rel=1e-6)
    assert torch.autograd.gradcheck(partial(spectral_penalty, count=count), (source, target))


def test_spectral_penalty_sees_neither_rotations_nor_the_order_of_samples() -> None:
    source, target = pair(SHAPES[0])
    rotation = torch.linalg.qr(draw(4, 4))[0]
    moved = spectral_penalty(source.flip(0) @ rotation, target @ rotation, 2)
    torch.testing.assert_close(moved, spectral_penalty(source, target, 2))
    torch.testing.assert_close(spectral_penalty(3 * source, 3 * target), 9 * spectral_penalty(source, target))


@pytest.mark.parametrize('value', [0.0, 1.0])
@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_spectral_penalty_of_constant_features_has_a_finite_gradient(
    value: float, dtype: torch.dtype
) -> None:
    flat = torch.full((6, 4), value, dtype=dtype, requires_grad=True)
    loss = spectral_penalty(flat, flat, count=4)
    assert loss.item() == pytest.approx(2 * 24 * value, rel=1e-5)
    assert torch.autograd.grad(loss, flat)[0].isfinite().all()


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
    source, target = views()
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


@pytest.mark.parametrize('function', PAIRS)
def test_widths_that_differ_are_named(function: Callable[[Tensor, Tensor], Tensor]) -> None:
    message = 'expected features of shape (Bs, D) and (Bt, D), got (9, 4) and (9, 3)'
    with pytest.raises(ValueError, match=re.escape(message)):
        function(draw(9, 4), draw(9, 3))


@pytest.mark.parametrize(
    ('kind', 'options', 'message'),
    [
        (MDD, {'margin': 0.0}, 'expected `margin` above 0, got 0.0'),
        (MDD, {'hidden': (0,)}, 'expected `hidden` sizes above 0'),
        (WDGRL, {'hidden': (0,)}, 'expected `hidden` sizes above 0'),
        (WDGRL, {'penalty': -1.0}, 'expected `penalty` of at least 0, got -1.0'),
        (AFN, {'step': 0.0}, 'expected `step` above 0, got 0.0'),
        (AFN, {'radius': -1.0}, 'expected `radius` above 0 or null, got -1.0'),
        (BSP, {'count': 0}, 'expected `count` above 0, got 0'),
    ],
)
def test_options_are_checked(kind: type[Alignment], options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kind(**options)


def test_all_of_them_go_together() -> None:
    kinds = (DANN, CDAN, MDD, WDGRL, AFN, BSP, MCC, BNM, InfoMax, MinEntropy, CORAL)
    members = [kind() for kind in kinds]
    method = built(Together(members))
    source, target = views()
    terms = method(source, target, 1.0)
    assert len(terms) == len(kinds) + 1  # the Wasserstein critic has two
    figures = [member.diagnose(source, target) for member in members]
    assert len(method.diagnose(source, target)) == sum(map(len, figures))
    assert Together.search == {}


def test_entropy_weights_change_what_the_critic_minimises() -> None:
    source, target = views()
    plain, weighted = (
        built(DANN(entropy=entropy))(source, target, 1.0)['domain'] for entropy in (False, True)
    )
    assert not torch.isclose(plain, weighted)
    sure = View(source.features, torch.zeros_like(source.logits)), View(target.features, 0 * target.logits)
    torch.testing.assert_close(built(DANN(entropy=True))(*sure, 1.0)['domain'], plain)
    assert ref.entropy_weights(np.zeros((2, 3))).tolist() == [0.5, 0.5]
