"""Virtual adversarial training against the published formula."""

from __future__ import annotations

from typing import Any

import pytest
import references_training_adversarial as ref
import torch
from draws import draw_wide
from recorded import assert_agrees, load
from torch import Tensor
from torch.nn import functional as F
from training import fit, make, module

from dann.methods.training.vat import smoothness, virtual_adversarial
from dann.networks.batch_norm import frozen_statistics


def linear(weight: Tensor) -> Any:
    return lambda images: images.flatten(1) @ weight.T


def test_virtual_adversarial_training() -> None:
    images, weight = draw_wide(5, 3, 2, 3, seed=1), draw_wide(4, 18, seed=2)
    predict = linear(weight)
    torch.manual_seed(7)
    got = virtual_adversarial(predict, images, predict(images), radius=0.3, xi=0.1)
    torch.manual_seed(7)
    starts = torch.randn_like(images)
    expected = ref.virtual_adversarial(images.numpy(), weight.numpy(), starts.numpy(), 0.3, 0.1)
    assert float(got) == pytest.approx(expected, rel=1e-5)


def test_the_virtual_adversarial_direction_beats_random_ones_and_more_iterations_help() -> None:
    images, weight = draw_wide(50, 3, 4, 4, seed=1), 0.1 * draw_wide(4, 48, seed=2)
    predict = linear(weight)
    torch.manual_seed(0)
    once, often = (
        virtual_adversarial(predict, images, predict(images), radius=0.5, xi=0.01, iterations=count)
        for count in (1, 20)
    )
    random = torch.randn_like(images).flatten(1)
    moved = images + 0.5 * (random / random.norm(dim=1, keepdim=True)).view_as(images)
    chance = ref.kl(ref.softmax(predict(images).numpy()), ref.softmax(predict(moved).numpy()))
    assert float(often) > float(once) > 3 * chance


def test_virtual_adversarial_training_of_the_default_probe_is_exact_in_float32() -> None:
    images, weight = draw_wide(8, 3, 8, 8, seed=1).sigmoid(), 0.2 * draw_wide(4, 192, seed=2)
    values = []
    for dtype in (torch.float64, torch.float32):
        predict, x = linear(weight.to(dtype)), images.to(dtype)
        torch.manual_seed(0)
        start = torch.randn(8, 3, 8, 8).to(dtype)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(torch, 'randn_like', lambda _, start=start: start)
            values.append(float(virtual_adversarial(predict, x, predict(x), radius=1.75)))
    assert values[1] == pytest.approx(values[0], rel=1e-3)


def test_virtual_adversarial_training_reaches_the_weights_and_not_the_clean_prediction() -> None:
    images, weight = draw_wide(5, 3, 2, 3, seed=1), draw_wide(4, 18, seed=2).requires_grad_()
    logits = linear(weight)(images)
    loss = virtual_adversarial(linear(weight), images, logits, radius=0.3)
    assert torch.autograd.grad(loss, logits, allow_unused=True, retain_graph=True)[0] is None
    assert torch.autograd.grad(loss, weight)[0].abs().max() > 0


def test_virtual_adversarial_training_of_a_constant_prediction_is_zero_and_attached() -> None:
    weight = torch.zeros(4, 18, dtype=torch.float64, requires_grad=True)
    images = draw_wide(1, 3, 2, 3)
    loss = virtual_adversarial(linear(weight), images, linear(weight)(images), radius=1.0)
    assert float(loss.detach()) == pytest.approx(0, abs=1e-12)
    assert torch.autograd.grad(loss, weight)[0].isfinite().all()
    with pytest.raises(ValueError, match=r'expected logits of shape \(1, K\), got \(2, 4\)'):
        virtual_adversarial(linear(weight), images, draw_wide(2, 4), radius=1.0)


@pytest.mark.parametrize('batch_norm', ['joint', 'separate', 'domain_specific'])
def test_smoothness_leaves_running_statistics_and_modes_as_they_are(batch_norm: str) -> None:
    model = module(normed=True, batch_norm=batch_norm)
    before = {name: buffer.clone() for name, buffer in model.network.named_buffers()}
    loss = smoothness(model.network, torch.rand(4, 3, 8, 8), domain='target', radius=1.0, xi=0.01)
    assert loss.detach() > 0
    assert all(torch.equal(buffer, before[name]) for name, buffer in model.network.named_buffers())
    model.network(torch.rand(4, 3, 8, 8))
    assert any(not torch.equal(buffer, before[name]) for name, buffer in model.network.named_buffers())
    with pytest.raises(RuntimeError, match='inside'), frozen_statistics(model.network):
        raise RuntimeError('inside')
    assert all(getattr(each, 'track_running_stats', True) for each in model.network.modules())


def test_vat_on_the_source_too() -> None:
    model = module(make('VAT', source_weight=0.5))
    fit(model, epochs=1)
    assert model.meter.means.keys() == {'loss/source', 'loss/vat', 'loss/vat_source'}


@pytest.mark.parametrize(
    ('name', 'options', 'message'),
    [
        ('VAT', {'source_weight': -1}, '`source_weight` of at least 0'),
        ('VAT', {'radius': 0}, '`radius` above 0'),
        ('VAT', {'xi': 0}, '`xi` above 0'),
        ('VAT', {'iterations': 0}, '`iterations` of at least 1'),
    ],
)
def test_bad_arguments(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module(make(name, **options))


def test_vat_pytorch_adapt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing differs, given the same first direction."""
    record = load('vat_adapt')
    first, weights, bias = (
        torch.tensor(record.options[name], dtype=torch.float64) for name in ('direction', 'weights', 'bias')
    )
    monkeypatch.setattr(torch, 'randn_like', lambda _: first)

    def predict(images: Tensor) -> Tensor:
        return F.linear(images.flatten(1), weights, bias)

    images, options = record['images'], record.options
    value = virtual_adversarial(
        predict,
        images,
        predict(images),
        radius=options['epsilon'],
        xi=options['xi'],
        iterations=options['num_power_iterations'],
    )
    assert_agrees(value, record, 'images')


def test_each_domain_has_its_weight_and_its_images(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, ...]] = []

    def fake(_: Any, images: Tensor, *, domain: str, radius: float, xi: float, iterations: int) -> Tensor:
        asked.append((domain, len(images), radius, xi, iterations))
        return torch.tensor(2.0)

    monkeypatch.setattr('dann.methods.training.vat.smoothness', fake)
    model: Any = module(make('VAT', weight=0.5, source_weight=0.25, radius=1.5, xi=0.1, iterations=2))
    batch = {'source': (torch.zeros(4, 3, 8, 8), None), 'target': torch.zeros(5, 3, 8, 8)}
    losses = model.terms(batch, None, None, 0.5)
    assert {name: float(loss) for name, loss in losses.items()} == {'vat': 1.0, 'vat_source': 0.5}
    assert asked == [('target', 5, 1.5, 0.1, 2), ('source', 4, 1.5, 0.1, 2)]
