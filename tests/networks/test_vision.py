"""Backbones of torchvision and timm lose their classifier and keep everything else.

Most of it is checked on stand-ins; the rest needs the ``vision`` extra and runs where that is installed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import Enum
from types import ModuleType
from typing import Any, cast

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from dann.core.errors import CheckError, RunError, UserError
from dann.networks.vision import Timm, Torchvision

Install = Callable[..., None]
REASON = "needs pip install -e '.[vision]'"


class Preset:
    mean, std = (0.5, 0.25, 0.125), (1.0, 2.0, 4.0)


class Weights(Enum):
    IMAGENET1K_V1 = 1
    DEFAULT = IMAGENET1K_V1

    def transforms(self) -> Preset:
        return Preset()


class WithPrelogits(nn.Sequential):
    """A timm model whose head has a layer of its own, as MobileNetV3's."""

    num_features = 6
    head_hidden_size = 9
    pretrained_cfg = {'mean': (0.1, 0.2, 0.3), 'std': (1.0, 2.0, 4.0)}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__(nn.Flatten(), nn.Linear(12, 6), nn.ReLU(), nn.Linear(6, 9))


def images(count: int = 2, size: int = 2) -> Tensor:
    return torch.rand(count, 3, size, size, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def torchvision(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a torchvision in place that makes one network of the given layers."""

    def install(*layers: nn.Module, error: Exception | None = None, size: int | None = None) -> None:
        def get_model(name: str, weights: str | None) -> nn.Module:
            if error is not None:
                raise error
            network: Any = nn.Sequential(*layers)
            network.image_size = size
            return cast(nn.Module, network)

        models: Any = ModuleType('torchvision.models')
        models.list_models = lambda module: [
            'googlenet',
            'inception_v3',
            'maxvit_t',
            'resnet18',
            'squeezenet1_1',
            'vgg11',
        ]
        models.get_model_weights = lambda name: Weights
        models.get_model = get_model
        monkeypatch.setitem(sys.modules, 'torchvision', ModuleType('torchvision'))
        monkeypatch.setitem(sys.modules, 'torchvision.models', models)

    return install


@pytest.fixture
def timm(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a timm in place that makes one network."""

    def install(network: nn.Module | None = None, error: Exception | None = None) -> None:
        def create_model(
            name: str, *, pretrained: bool, num_classes: int, **options: bool
        ) -> nn.Module | None:
            assert num_classes == 0
            if options and not hasattr(network, 'dynamic_img_size'):
                raise TypeError("unexpected keyword argument 'dynamic_img_size'")
            if network is not None and options:
                network.dynamic_img_size = options['dynamic_img_size']  # type: ignore[assignment]
            if error is not None:
                raise error
            return network

        module: Any = ModuleType('timm')
        module.list_models = lambda: ['mobilenetv3_small_050', 'resnet18']
        module.list_pretrained = lambda: ['resnet18.a1_in1k', 'resnet18.a2_in1k']
        module.create_model = create_model
        monkeypatch.setitem(sys.modules, 'timm', module)

    return install


@pytest.mark.parametrize(('kind', 'package'), [(Torchvision, 'torchvision'), (Timm, 'timm')])
def test_a_missing_package_says_how_to_get_it(
    kind: type[Any], package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, f'{package}.models', raising=False)
    said = rf"this backbone needs {package}.*; install it with pip install -e '\.\[vision\]'"
    with pytest.raises(UserError, match=said) as caught:
        kind('resnet18')
    assert caught.value.status == 2


def test_the_last_linear_layer_is_taken_off_and_no_other(torchvision: Install) -> None:
    first, last = nn.Linear(12, 7), nn.Linear(5, 1000)
    torchvision(
        nn.Flatten(), first, nn.ReLU(), nn.Sequential(nn.Linear(7, 5), nn.Hardswish(), last), nn.Dropout(0)
    )
    backbone = Torchvision('resnet18')
    assert backbone.out_features == 5
    assert first in set(backbone.modules())
    assert last not in set(backbone.modules())
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    seen = (images() - mean[:, None, None]) / std[:, None, None]
    hidden = F.relu(seen.flatten(1) @ first.weight.T + first.bias)
    second = next(
        layer for layer in backbone.modules() if isinstance(layer, nn.Linear) and layer is not first
    )
    expected = F.hardswish(hidden @ second.weight.T + second.bias)
    torch.testing.assert_close(backbone(images()), expected)


@pytest.mark.parametrize('name', ['fcn_resnet50', 'googlenet', 'inception_v3', 'squeezenet1_1'])
def test_a_torchvision_model_that_cannot_serve_is_refused(name: str, torchvision: Install) -> None:
    torchvision()
    with pytest.raises(UserError, match=f"unknown torchvision model '{name}'") as caught:
        Torchvision(name)
    assert str(caught.value).count(name) == 1


def test_a_misspelt_name_gets_a_suggestion(torchvision: Install, timm: Install) -> None:
    torchvision()
    timm()
    with pytest.raises(UserError, match=r"unknown torchvision model 'resnet81'; did you mean 'resnet18'\?"):
        Torchvision('resnet81')
    with pytest.raises(UserError, match=r"unknown timm model 'resnet81'; did you mean 'resnet18'\?"):
        Timm('resnet81')
    with pytest.raises(
        UserError, match=r"unknown timm model 'resnet18.a1_in1'; did you mean 'resnet18.a1_in1k'\?"
    ):
        Timm('resnet18.a1_in1')
    with pytest.raises(
        UserError, match=r"unknown weights of resnet18 'IMAGENET1K_V7'; did you mean 'IMAGENET1K_V1'\?"
    ):
        Torchvision('resnet18', weights='IMAGENET1K_V7')


@pytest.mark.parametrize('weights', [None, 'IMAGENET1K_V1', 'DEFAULT'])
def test_weights_that_exist_are_asked_for(weights: str | None, torchvision: Install) -> None:
    torchvision(nn.Flatten(), nn.Linear(12, 3))
    assert Torchvision('resnet18', weights).out_features == 12


def test_weights_that_cannot_be_had_say_what_to_do(torchvision: Install, timm: Install) -> None:
    torchvision(error=OSError('no route to host'))
    timm(error=RuntimeError('No pretrained weights exist for resnet18.'))
    said = r'weights of resnet18 \(no route to host\); check the connection or leave the weights random'
    with pytest.raises(RunError, match=said):
        Torchvision('resnet18', weights='DEFAULT')
    with pytest.raises(
        RunError, match=r'weights of resnet18 \(No pretrained weights exist .*\); check the connection'
    ):
        Timm('resnet18', pretrained=True)


def test_a_timm_model_announces_the_width_of_its_last_layer(timm: Install) -> None:
    timm(WithPrelogits())
    backbone = Timm('mobilenetv3_small_050')
    assert backbone.out_features == 9
    assert backbone(images()).shape == (2, 9)


def test_a_timm_model_sees_images_as_its_weights_expect_them(timm: Install) -> None:
    network = WithPrelogits()
    timm(network)
    given = images()
    seen = torch.stack([(given[:, 0] - 0.1) / 1, (given[:, 1] - 0.2) / 2, (given[:, 2] - 0.3) / 4], dim=1)
    torch.testing.assert_close(Timm('resnet18')(given), network(seen))


class Sized(nn.Module):
    """A model that keeps the images it is given, and refuses those of a size that it does not take."""

    num_features = 3
    pretrained_cfg: dict[str, Any]

    def __init__(self, sizes: range, *, dynamic: bool | None = None, patch: int = 0) -> None:
        super().__init__()
        self.sizes = sizes
        self.pretrained_cfg = WithPrelogits.pretrained_cfg | {
            'input_size': (3, 12, 12),
            'fixed_input_size': True,
        }
        if dynamic is not None:
            self.dynamic_img_size = dynamic
        if patch:
            self.patch_embed = nn.Module()
            self.patch_embed.patch_size = (patch, patch)  # type: ignore[assignment]

    def forward(self, images: Tensor) -> Tensor:
        assert images.shape[2] == images.shape[3]
        assert images.shape[2] in self.sizes, images.shape
        self.seen = images
        return images.mean((2, 3))


def by_pillow(channel: Tensor) -> Tensor:
    """A channel at 12 pixels, as Pillow makes it."""
    image = Image.fromarray(channel.numpy()).resize((12, 12), Image.Resampling.BICUBIC)
    return torch.from_numpy(np.array(image)).clamp(0, 1)


def test_a_model_of_one_size_gets_images_of_that_size(timm: Install) -> None:
    network = Sized(range(12, 13))
    timm(network)
    backbone = Timm('resnet18')
    assert backbone.image_size == 12
    for size in (5, 30):
        given = images(size=size)
        backbone(given)
        seen = network.seen * backbone.std + backbone.mean
        expected = torch.stack([torch.stack([by_pillow(channel) for channel in image]) for image in given])
        torch.testing.assert_close(seen, expected, atol=1e-5, rtol=0)
    assert float(by_pillow(images(size=5)[0, 0]).min()) == 0  # the clamp has work to do
    backbone(images(size=12))
    torch.testing.assert_close(network.seen * backbone.std + backbone.mean, images(size=12))
    assert Timm('resnet18', image_size=24).image_size == 24


def test_a_transformer_takes_any_size_that_its_patches_divide(timm: Install) -> None:
    network = Sized(range(14, 99, 14), dynamic=False, patch=14)
    timm(network)
    backbone = Timm('resnet18')
    assert network.dynamic_img_size is True
    assert backbone.image_size is None
    backbone.build((3, 28, 28))
    assert backbone.image_size is None
    backbone.build((3, 64, 64))
    assert backbone.image_size == 70
    backbone(images(size=64))
    assert network.seen.shape[2:] == (70, 70)
    chosen = Timm('resnet18', image_size=42)
    chosen.build((3, 64, 64))
    assert chosen.image_size == 42


def test_a_model_without_a_fixed_size_takes_images_as_they_are(timm: Install, torchvision: Install) -> None:
    network = Sized(range(1, 99))
    network.pretrained_cfg['fixed_input_size'] = False
    timm(network)
    backbone = Timm('resnet18')
    backbone.build((3, 5, 7))
    assert backbone.image_size is None
    torchvision(nn.Flatten(), nn.Linear(12, 3))
    assert Torchvision('resnet18').image_size is None
    with pytest.raises(CheckError, match='`image_size` above 0, got 0'):
        Timm('resnet18', image_size=0)


def test_a_torchvision_model_of_one_size_gets_images_of_that_size(torchvision: Install) -> None:
    flat = nn.Flatten()
    torchvision(flat, nn.Linear(48, 5), nn.Linear(5, 2), size=4)
    backbone = Torchvision('resnet18')
    assert backbone.image_size == 4
    assert backbone(images(size=9)).shape == (2, 5)
    assert Torchvision('resnet18', image_size=2).image_size == 2
    torchvision(flat, nn.Linear(48, 5))
    assert Torchvision('maxvit_t').image_size == 224


def test_torchvision_images_are_normalised_as_the_weights_say(torchvision: Install) -> None:
    torchvision(nn.Flatten(), nn.Linear(12, 3))
    backbone = Torchvision('resnet18', 'DEFAULT')
    assert backbone.mean.flatten().tolist() == [0.5, 0.25, 0.125]
    assert backbone.std.flatten().tolist() == [1, 2, 4]
    assert Torchvision('resnet18').mean.flatten().tolist() == pytest.approx([0.485, 0.456, 0.406])


def test_a_timm_model_without_a_hidden_head_is_as_wide_as_its_features(timm: Install) -> None:
    network: Any = nn.Sequential(nn.Flatten(), nn.Linear(12, 6))
    network.num_features = 6
    network.pretrained_cfg = WithPrelogits.pretrained_cfg
    timm(network)
    assert Timm('resnet18').out_features == 6


def test_the_stages_of_torchvision_networks_end_their_resolutions(torchvision: Install) -> None:
    convolutions = [nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, 2, 1), nn.ReLU(), nn.Conv2d(4, 4, 2, 2)]
    tail = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5)]
    torchvision()
    backbone = Torchvision.__new__(Torchvision)
    nn.Module.__init__(backbone)
    backbone.network = nn.Sequential()
    backbone.network.add_module('features', nn.Sequential(*convolutions, nn.Dropout(), *tail[:1]))
    assert [type(stage) for stage in backbone.stages()] == [nn.Conv2d, nn.ReLU, nn.Dropout]
    assert backbone.network.training
    backbone.network.add_module('layer1', tail[1])
    backbone.network.add_module('layer2', tail[2])
    assert backbone.stages() == tail[1:]
    backbone.network = nn.Sequential(*convolutions)
    assert backbone.stages() == []


def test_the_stages_of_timm_networks_are_those_of_several_resolutions(timm: Install) -> None:
    network: Any = WithPrelogits()
    timm(network)
    assert Timm('resnet18').stages() == []
    network.feature_info = [{'module': '1', 'reduction': 2}, {'module': '2', 'reduction': 4}]
    assert Timm('resnet18').stages() == [network[1], network[2]]
    network.output_fmt = 'NHWC'
    assert Timm('resnet18').stages() == []
    network.output_fmt = 'NCHW'
    network.feature_info = [{'module': '1', 'reduction': 16}, {'module': '2', 'reduction': 16}]
    assert Timm('resnet18').stages() == []


@pytest.mark.parametrize(
    ('name', 'features'),
    [
        ('resnet18', 512),
        ('mobilenet_v3_small', 1024),
        ('efficientnet_b0', 1280),
        ('convnext_tiny', 768),
        ('densenet121', 1024),
        ('swin_t', 768),
    ],
)
def test_torchvision_networks_give_what_they_announce(name: str, features: int) -> None:
    pytest.importorskip('torchvision', reason=REASON)
    backbone = Torchvision(name)
    assert backbone.out_features == features
    assert backbone(images(size=64)).shape == (2, features)


def test_a_torchvision_resnet_pools_its_last_feature_maps() -> None:
    pytest.importorskip('torchvision', reason=REASON)
    backbone = Torchvision('resnet18').eval()
    maps: list[Tensor] = []
    backbone.network.get_submodule('layer4').register_forward_hook(lambda *given: maps.append(given[2]))
    features = backbone(images(size=64))
    assert backbone.out_features == 512
    torch.testing.assert_close(features, maps[0].mean(dim=(2, 3)))


@pytest.mark.parametrize(
    ('name', 'features'),
    [('resnet18', 512), ('mobilenetv3_small_050', 1024), ('test_vit', 64), ('convnext_atto', 320)],
)
def test_timm_networks_give_what_they_announce(name: str, features: int) -> None:
    pytest.importorskip('timm', reason=REASON)
    backbone = Timm(name)
    assert backbone.out_features == features
    assert backbone(images(size=160 if name == 'test_vit' else 64)).shape == (2, features)


def test_timm_transformers_take_images_of_other_sizes() -> None:
    pytest.importorskip('timm', reason=REASON)
    backbone = Timm('test_vit')
    backbone.build((3, 60, 60))
    assert backbone.image_size == 64
    assert backbone(images(size=60)).shape == (2, 64)


def test_timm_networks_are_normalised_their_own_way() -> None:
    pytest.importorskip('timm', reason=REASON)
    assert Timm('test_vit').mean.flatten().tolist() == [0.5, 0.5, 0.5]
    assert Timm('resnet18').mean.flatten().tolist() == pytest.approx([0.485, 0.456, 0.406])


def test_real_packages_suggest_names_too() -> None:
    pytest.importorskip('torchvision', reason=REASON)
    pytest.importorskip('timm', reason=REASON)
    with pytest.raises(
        UserError, match=r"unknown torchvision model 'fcn_resnet50'; did you mean 'resnet50'\?"
    ):
        Torchvision('fcn_resnet50')
    with pytest.raises(
        UserError, match=r"unknown timm model 'resnet18.a9_in1k'; did you mean 'resnet18\.a\d_in1k'\?"
    ):
        Timm('resnet18.a9_in1k')
    with pytest.raises(UserError, match=r"unknown weights of resnet50 'IMAGENET1K_V3'; did you mean"):
        Torchvision('resnet50', weights='IMAGENET1K_V3')


@pytest.mark.parametrize(
    ('kind', 'name', 'size'),
    [
        (Torchvision, 'vit_b_32', None),
        (Timm, 'test_vit', 32),
        (Timm, 'test_vit', None),
        (Timm, 'vit_tiny_patch16_224', 48),
        (Timm, 'deit_tiny_patch16_224', 32),
        (Timm, 'vit_medium_patch16_reg4_gap_256', 32),
    ],
)
def test_both_halves_of_a_transformer_are_the_whole(
    kind: type[Torchvision | Timm], name: str, size: int | None
) -> None:
    pytest.importorskip('timm' if kind is Timm else 'torchvision', reason=REASON)
    backbone = kind(name, image_size=size).eval()
    backbone.build((3, 40, 40))
    parts = backbone.patchwise()
    assert parts is not None
    seen: list[Tensor] = []
    network: Any = backbone.network
    last = network.encoder.ln if kind is Torchvision else network.norm
    last.register_forward_hook(lambda module, given, result: seen.append(result))
    with torch.no_grad():
        backbone(images(2, 40))
        pixels = parts.pixels(images(2, 40))
        tokens = parts.embedded(pixels)
        halves = parts.attended(tokens)
    squares = (pixels.shape[-1] // parts.patch) ** 2
    assert tokens.shape == (2, parts.leading + squares, parts.width)
    torch.testing.assert_close(halves, seen[0])


@pytest.mark.parametrize(
    ('kind', 'name'), [(Torchvision, 'resnet18'), (Timm, 'resnet18'), (Timm, 'test_convnext')]
)
def test_other_networks_cannot_be_taken_apart(kind: type[Torchvision | Timm], name: str) -> None:
    pytest.importorskip('timm' if kind is Timm else 'torchvision', reason=REASON)
    assert kind(name).patchwise() is None
