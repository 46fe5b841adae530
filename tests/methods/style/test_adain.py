"""Adaptive instance normalisation."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import references_styles as ref
import torch
from draws import images
from torch import nn
from training import make, module

from dann.core.errors import RunError, UserError
from dann.methods.style.adain import AdaIN, adain, style_loss

Install = Callable[..., None]


def learned(**options: object) -> AdaIN:
    torch.manual_seed(0)
    style = make('AdaIN', **options)
    assert isinstance(style, AdaIN)
    style.build(3)
    return style.double()


@pytest.fixture
def torchvision(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a torchvision in place whose VGG-19 has the layers and widths of the real one."""

    def install(error: Exception | None = None) -> None:
        def vgg19(weights: str | None) -> Any:
            if error is not None and weights is not None:
                raise error
            layers: list[nn.Module] = []
            before = 3
            for width, count in ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4)):
                for _ in range(count):
                    layers += [nn.Conv2d(before, width, 3, 1, 1), nn.ReLU(inplace=True)]
                    before = width
                layers.append(nn.MaxPool2d(2))
            network: Any = nn.Module()
            network.features = nn.Sequential(*layers)
            return network

        models: Any = ModuleType('torchvision.models')
        models.vgg19 = vgg19
        monkeypatch.setitem(sys.modules, 'torchvision', ModuleType('torchvision'))
        monkeypatch.setitem(sys.modules, 'torchvision.models', models)

    return install


@pytest.mark.parametrize('shape', [(3, 4, 5, 6), (1, 2, 1, 1), (2, 1, 7, 3)])
def test_adain_and_the_style_loss(shape: tuple[int, ...]) -> None:
    content, style = images(*shape), 2 + 3 * images(*shape, seed=1)
    expected = ref.adain(content.numpy(), style.numpy())
    np.testing.assert_allclose(adain(content, style).numpy(), expected, rtol=1e-9)
    layers = [content, images(3, 2, 4, 4)], [style, images(3, 2, 4, 4, seed=1)]
    wanted = ref.style_loss(*([each.numpy() for each in maps] for maps in layers))
    assert style_loss(*layers).item() == pytest.approx(wanted, rel=1e-9)
    assert style_loss(layers[0], layers[0]).item() == 0
    torch.testing.assert_close(adain(content, content), content)


def test_gradients_at_constant_maps_are_finite() -> None:
    flat = torch.ones(2, 3, 4, 4).double().requires_grad_()
    (gradient,) = torch.autograd.grad(style_loss([flat], [images(2, 3, 4, 4)]), flat)
    assert gradient.isfinite().all()
    assert torch.autograd.gradcheck(
        lambda x: style_loss([x], [images(1, 2, 2, 3)]), images(1, 2, 2, 3, seed=1).requires_grad_()
    )


def test_terms_against_the_formulas_and_who_learns_from_which() -> None:
    style = learned(style=4.0, reconstruction=6.0)
    source, target = images(4, 3, 9, 12), images(1, 3, 9, 12, seed=1)  # one target image: the partner of all
    terms = style.losses(source, torch.tensor([0, 1, 2, 0]), target, 0.0)
    content = style.encoder(source)
    wanted = [each.expand(4, -1, -1, -1) for each in style.encoder(target)]
    goal = adain(content[-1], wanted[-1])
    drawn = style.encoder(style.decoder(goal, (9, 12)))
    arrays = [[each.detach().numpy() for each in maps] for maps in (drawn, wanted)]
    both = torch.cat([source, target])
    again = style.decoder(style.encoder(both)[-1], (9, 12))
    expected = {
        'style_own_content': ((drawn[-1] - goal) ** 2).mean().item(),
        'style_own_style': 4 * ref.style_loss(*arrays),
        'style_own_reconstruction': 6 * ((again - both) ** 2).mean().item(),
    }
    assert {name: value.item() for name, value in terms.items()} == pytest.approx(expected, rel=1e-9)
    drawing = terms['style_own_content'] + terms['style_own_style']
    encoder, decoder = list(style.encoder.parameters()), list(style.decoder.parameters())
    into = torch.autograd.grad(drawing, encoder, retain_graph=True, materialize_grads=True)
    assert all(each.abs().max() == 0 for each in into)
    into = torch.autograd.grad(terms['style_own_reconstruction'], encoder, retain_graph=True)
    assert all(each.abs().max() > 0 for each in into)
    assert all(each.abs().max() > 0 for each in torch.autograd.grad(drawing, decoder))


def test_the_encoder_of_vgg_is_cut_at_four_layers_and_fixed(torchvision: Install) -> None:
    torchvision()
    style = learned(encoder='vgg')
    source, target = images(2, 3, 28, 28), images(3, 3, 28, 28, seed=1)
    assert [tuple(each.shape[1:]) for each in style.encoder(source)] == [
        (64, 32, 32),
        (128, 16, 16),
        (256, 8, 8),
        (512, 4, 4),
    ]
    assert all(each.min() == 0 for each in style.encoder(source))
    assert not any(parameter.requires_grad for parameter in style.encoder.parameters())
    assert style.losses(source, torch.zeros(2).long(), target, 0.0).keys() == {
        'style_vgg_content',
        'style_vgg_style',
    }
    assert style(source, target, 1.0).shape == source.shape


def test_weights_that_cannot_be_had_are_no_reason_to_take_another_encoder(
    torchvision: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    torchvision(OSError('no route to host'))
    with pytest.raises(
        RunError, match=r"weights of VGG-19 \(no route to host\); check .* take the encoder 'own'"
    ):
        module(make('AdaIN', encoder='vgg'))
    monkeypatch.setitem(sys.modules, 'torchvision', None)
    monkeypatch.delitem(sys.modules, 'torchvision.models')
    with pytest.raises(UserError, match=r"needs torchvision; install it with pip install -e '\.\[vision\]'"):
        module(make('AdaIN', encoder='vgg'))


@pytest.mark.parametrize(
    ('options', 'message'),
    [({'style': -1.0}, '`style` and `reconstruction` of at least 0'), ({'encoder': 'x'}, "'x'")],
)
def test_bad_options(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make('AdaIN', **options)
