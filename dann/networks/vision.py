"""Backbones of torchvision and timm, behind the ``vision`` extra."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any, cast

import torch
from torch import Tensor, nn

from dann.core.errors import RunError, UserError, unknown
from dann.networks.backbone import Backbone

IMAGENET = {'mean': (0.485, 0.456, 0.406), 'std': (0.229, 0.224, 0.225)}
# no linear classifier to remove, or a second one whose output training mode returns too
UNFIT = ('squeezenet', 'googlenet', 'inception')


def _require(package: str) -> ModuleType:
    try:
        return import_module(package)
    except ImportError as error:
        msg = f"this backbone needs {package}; install it with pip install -e '.[vision]' in dann's source folder"
        raise UserError(msg) from error


def _make(factory: Callable[..., Any], name: str, **options: object) -> nn.Module:
    try:
        return cast(nn.Module, factory(name, **options))
    except (OSError, RuntimeError) as error:
        msg = f'cannot load the weights of {name} ({error}); check the connection or leave the weights random'
        raise RunError(msg) from error


class Torchvision(Backbone):
    """A torchvision classifier without its last linear layer.

    Args:
        name: As in ``torchvision.models.list_models()``, a classifier with such a layer, like ``resnet50``.
        weights: Name of pretrained weights, for example ``IMAGENET1K_V2``; random when ``None``.
    """

    def __init__(self, name: str = 'resnet50', weights: str | None = None) -> None:
        super().__init__(**IMAGENET)
        models = _require('torchvision.models')
        known = [model for model in models.list_models(module=models) if not model.startswith(UNFIT)]
        if name not in known:
            raise unknown('torchvision model', name, known)
        if weights and weights not in (choices := models.get_model_weights(name).__members__):
            raise unknown(f'weights of {name}', weights, choices)
        network = _make(models.get_model, name, weights=weights)
        for path, layer in reversed(list(network.named_modules())):
            if isinstance(layer, nn.Linear):
                self.out_features = layer.in_features
                parent, _, leaf = path.rpartition('.')
                setattr(network.get_submodule(parent), leaf, nn.Identity())
                break
        self.network = network

    def blocks(self) -> list[nn.Module]:
        """Return stem and residual stages of residual networks, or the layers of ``features``; else nothing."""
        named = dict(self.network.named_children())
        residual = [child for name, child in named.items() if re.fullmatch(r'layer\d', name)]
        if residual:
            stem = [child for name, child in named.items() if name in ('conv1', 'bn1')]
            return [nn.ModuleList(stem), *residual]
        body = named.get('features')
        return list(body) if isinstance(body, nn.Sequential) else []

    def stages(self) -> list[nn.Module]:
        """Return ``layer1`` and so on of residual networks, else the last layer of each resolution in ``features``."""
        named = dict(self.network.named_children())
        residual = [child for name, child in named.items() if re.fullmatch(r'layer\d', name)]
        body = named.get('features')
        return residual or (ends_of_resolutions(body) if isinstance(body, nn.Sequential) else [])

    def extract(self, images: Tensor) -> Tensor:
        """Return pooled features, shape ``(B, out_features)``."""
        features: Tensor = self.network(images)
        return features


@torch.no_grad()
def ends_of_resolutions(layers: nn.Sequential, side: int = 64) -> list[nn.Module]:
    """Return the last of ``layers`` at each resolution; none of those whose outputs are not maps ``(B, C, H, W)``."""
    training, found = layers.training, {}
    layers.eval()
    try:
        x = torch.zeros(1, 3, side, side)
        for layer in layers:
            x = layer(x)
            if x.ndim == 4 and x.shape[2] == x.shape[3] > 1:
                found[x.shape[2]] = layer
    finally:
        layers.train(training)
    return list(found.values())


class Timm(Backbone):
    """A timm model with its classifier removed, fed with images normalised as its weights expect.

    Args:
        name: As in ``timm.list_models()``, for example ``resnet50.a1_in1k``.
        pretrained: Load the pretrained weights that the name stands for.
    """

    def __init__(self, name: str = 'resnet50', *, pretrained: bool = False) -> None:
        timm = _require('timm')
        known = {*timm.list_models(), *timm.list_pretrained()}
        if name not in known:
            raise unknown('timm model', name, known)
        network: Any = _make(timm.create_model, name, pretrained=pretrained, num_classes=0)
        super().__init__(network.pretrained_cfg['mean'], network.pretrained_cfg['std'])
        self.network = cast(nn.Module, network)
        # some heads, such as MobileNetV3's, have a layer before the classifier
        self.out_features = int(getattr(network, 'head_hidden_size', network.num_features))

    def blocks(self) -> list[nn.Module]:
        """Return the stem and the ``blocks``, ``stages`` or ``layer1`` and so on of the model; else nothing."""
        named = dict(self.network.named_children())
        for name in ('blocks', 'stages'):
            if isinstance(body := named.get(name), nn.Sequential | nn.ModuleList):
                stem = [child for key, child in named.items() if 'stem' in key or 'embed' in key]
                return [nn.ModuleList(stem), *body]
        residual = [child for name, child in named.items() if re.fullmatch(r'layer\d', name)]
        stem = [child for name, child in named.items() if name in ('conv1', 'bn1')]
        return [nn.ModuleList(stem), *residual] if residual else []

    def stages(self) -> list[nn.Module]:
        """Return the modules that timm names as feature maps of different resolutions; transformers have none."""
        facts: Any = getattr(self.network, 'feature_info', None) or []
        facts = [fact for fact in facts if isinstance(fact, dict) and fact.get('module')]
        distinct = len({fact['reduction'] for fact in facts}) == len(facts)
        if not distinct or getattr(self.network, 'output_fmt', 'NCHW') != 'NCHW':
            return []
        return [self.network.get_submodule(fact['module']) for fact in facts]

    def extract(self, images: Tensor) -> Tensor:
        """Return pooled features, shape ``(B, out_features)``."""
        features: Tensor = self.network(images)
        return features
