"""A step on some sources that must help on the others."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from many_sources import sources
from torch import Tensor
from torch.nn import functional as F
from training import fit, make, module, pair

from dann.core.errors import CheckError, UserError
from dann.methods.alignment.dann import DANN
from dann.methods.alignment.m3sda import M3SDA
from dann.methods.alignment.together import Together
from dann.methods.training.mldg import MLDG, descended
from dann.networks.vit import ViT
from dann.validators.infomax import InfoMax

ALPHA, BETA = 0.3, 0.7


def made(**options: Any) -> MLDG:
    model = module(make('MLDG', inner_rate=ALPHA, beta=BETA, **options)).double()
    assert isinstance(model, MLDG)
    return model


def batch() -> Any:
    """Three images of each of three sources, in float64."""
    rng = torch.Generator().manual_seed(0)
    images = torch.rand(9, 3, 8, 8, generator=rng, dtype=torch.float64)
    labels = torch.randint(3, (9,), generator=rng)
    return {'source': (images, labels), 'source_domain': torch.arange(9) % 3, 'target': images}


def held_out() -> int:
    """The meta-test source that the seed draws."""
    torch.manual_seed(4)
    return int(torch.randperm(3)[0])


def parts() -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Images and labels of the meta-train and of the meta-test sources."""
    given = batch()
    inside, (images, labels) = given['source_domain'] == held_out(), given['source']
    return (images[~inside], labels[~inside]), (images[inside], labels[inside])


def gradient(model: MLDG) -> Tensor:
    torch.manual_seed(4)
    total = torch.stack([*model.losses(batch(), 0.0).values()]).sum()
    return torch.cat(
        [each.flatten() for each in torch.autograd.grad(total, list(model.network.parameters()))]
    )


def loss(model: MLDG, part: tuple[Tensor, Tensor]) -> Tensor:
    return F.cross_entropy(model.network(part[0]).logits, part[1])


def objective(model: MLDG, steps: int, weights: Tensor) -> Tensor:
    """The paper's objective of weights that are written into the network, and put back."""
    parameters, before = list(model.network.parameters()), flat(model)
    train, test = parts()
    write(model, weights)
    found = loss(model, train).detach()
    for _ in range(steps):
        slope = torch.autograd.grad(loss(model, train), parameters)
        with torch.no_grad():
            for weight, each in zip(parameters, slope, strict=True):
                weight.sub_(ALPHA * each)
    found = found + BETA * loss(model, test).detach()
    write(model, before)
    return found


def flat(model: MLDG) -> Tensor:
    return torch.cat([each.detach().flatten() for each in model.network.parameters()])


@torch.no_grad()
def write(model: MLDG, values: Tensor) -> None:
    parameters = list(model.network.parameters())
    for weight, part in zip(
        parameters, torch.split(values, [each.numel() for each in parameters]), strict=True
    ):
        weight.copy_(part.reshape(weight.shape))


@pytest.mark.parametrize('steps', [1, 3])
def test_the_second_order_gradient_is_that_of_finite_differences(steps: int) -> None:
    model = made(second_order=True, inner_steps=steps)
    here, found = flat(model), gradient(model)
    rng = torch.Generator().manual_seed(1)
    for _ in range(5):
        way = torch.randn(len(here), generator=rng, dtype=torch.float64)
        way = way / way.norm() * 1e-5
        rise = objective(model, steps, here + way) - objective(model, steps, here - way)
        torch.testing.assert_close(found @ way, rise / 2, rtol=1e-5, atol=1e-13)


@pytest.mark.parametrize('steps', [1, 3])
def test_the_first_order_gradient_is_the_sum_of_those_before_and_behind_the_inner_steps(steps: int) -> None:
    model = made(inner_steps=steps)
    found, parameters = gradient(model), list(model.network.parameters())
    train, test = parts()
    first = torch.autograd.grad(loss(model, train), parameters)
    for _ in range(steps):
        slope = torch.autograd.grad(loss(model, train), parameters)
        with torch.no_grad():
            for weight, each in zip(parameters, slope, strict=True):
                weight.sub_(ALPHA * each)
    behind = torch.autograd.grad(loss(model, test), parameters)
    expected = torch.cat([(one + BETA * other).flatten() for one, other in zip(first, behind, strict=True)])
    torch.testing.assert_close(found, expected)


def test_every_inner_step_goes_down_the_loss_of_labelled_target_images_too() -> None:
    model, rng = made(inner_steps=3), torch.Generator().manual_seed(2)
    shots = torch.rand(4, 3, 8, 8, generator=rng, dtype=torch.float64), torch.arange(4) % 3
    torch.manual_seed(4)
    total = torch.stack([*model.losses(batch() | {'shots': shots}, 0.0).values()]).sum()
    parameters = list(model.network.parameters())
    found = torch.autograd.grad(total, parameters)
    train, test = parts()
    slopes = []
    for _ in range(3):
        slopes.append(torch.autograd.grad(loss(model, train) + loss(model, shots), parameters))
        with torch.no_grad():
            for weight, each in zip(parameters, slopes[-1], strict=True):
                weight.sub_(ALPHA * each)
    behind = torch.autograd.grad(loss(model, test), parameters)
    for mine, one, other in zip(found, slopes[0], behind, strict=True):
        torch.testing.assert_close(mine, one + BETA * other)


@pytest.mark.parametrize('steps', [1, 2])
def test_the_second_order_goes_through_attention(steps: int) -> None:
    backbone = ViT(patch=4, width=8, depth=1, heads=2)
    options: dict[str, Any] = {'num_sources': 3, 'validators': [InfoMax()], 'bottleneck': 6}
    model = MLDG(num_classes=3, backbone=backbone, second_order=True, inner_steps=steps, **options)
    fit(model, sources(), epochs=1)
    assert all(each.isfinite().all() for each in model.network.parameters())


def test_a_style_of_features_takes_one_inner_step() -> None:
    assert fit(module(make('MLDG'), style=make('MixStyle')), sources(), epochs=1)
    with pytest.raises(
        CheckError, match='MixStyle mixes features at the first inner step alone; set `inner_steps` to 1'
    ):
        module(make('MLDG', inner_steps=2), style=make('MixStyle'))
    module(make('MLDG', inner_steps=2), style=make('FDA'))


def test_the_orders_differ() -> None:
    assert not torch.allclose(gradient(made()), gradient(made(second_order=True)), rtol=1e-3)


def test_descent_on_a_square_has_the_known_derivative() -> None:
    weight = torch.tensor([2.0, -1.0], dtype=torch.float64, requires_grad=True)
    for second_order, slope in ((True, 1 - 2 * 0.1), (False, 1.0)):
        found = descended(weight.square().sum(), {'w': weight}, 0.1, second_order=second_order)['w']
        torch.testing.assert_close(found.detach(), weight.detach() * 0.8)
        (into,) = torch.autograd.grad(found.sum(), weight)
        torch.testing.assert_close(into, torch.full_like(weight, slope))


def test_every_source_is_meta_test_in_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[int]] = []
    model = module(make('MLDG', meta_test=2))
    assert isinstance(model, MLDG)
    at = model._loss_at

    def watched(weights: Any, given: Any) -> Tensor:
        seen.append({*given['source_domain'].tolist()})
        return at(weights, given)

    monkeypatch.setattr(model, '_loss_at', watched)
    fit(model, sources(), epochs=2)
    assert all(len(each) == 2 for each in seen)
    assert set.union(*seen) == {0, 1, 2}
    assert model.meter.means.keys() == {'loss/source', 'loss/meta_test'}


def test_the_look_ahead_leaves_running_statistics_alone() -> None:
    model = module(make('MLDG', inner_steps=3), normed=True)
    fit(model, sources(), epochs=1)
    assert [int(value) for name, value in model.network.named_buffers() if name.endswith('tracked')] == [5]


@pytest.mark.parametrize('name', ['MLDG', 'Fish'])
def test_one_source_is_refused_in_a_line(name: str) -> None:
    said = rf'{name} trains across several sources, and toy/a is one; name more \(--source A B, or a list'
    with pytest.raises(UserError, match=said):
        fit(module(make(name, num_sources=1)), pair(), widened=False)


@pytest.mark.parametrize('name', ['MLDG', 'Fish', 'MDAN'])
def test_a_pair_of_another_number_of_sources_is_refused(name: str) -> None:
    said = f'{name} was made for 2 sources, and .* is 3; pass num_sources=3'
    with pytest.raises(UserError, match=said):
        fit(module(make(name, num_sources=2)), sources())


@pytest.mark.parametrize('name', ['MLDG', 'Fish'])
@pytest.mark.parametrize(
    'options',
    [
        {'alignment': M3SDA()},
        {'alignment': Together([DANN(), M3SDA()])},
        {'alignment': DANN(), 'per_source': True},
    ],
)
def test_an_alignment_that_needs_all_sources_at_once_is_refused(name: str, options: dict[str, Any]) -> None:
    with pytest.raises(
        CheckError, match=f'{name} sees some of the sources at a time; leave `per_source` out'
    ):
        module(make(name), **options)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'beta': -1.0}, '`beta` of at least 0'),
        ({'inner_rate': 0.0}, '`inner_rate` above 0'),
        ({'inner_steps': 0}, '`inner_steps` of at least 1'),
        ({'meta_test': 0}, '`meta_test` from 1 to 2, got 0'),
        ({'meta_test': 3}, '`meta_test` from 1 to 2, got 3'),
    ],
)
def test_bad_arguments(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module(make('MLDG', **options))
