"""Backbones of torchvision and timm, behind the ``vision`` extra."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any, cast

from torch import Tensor, nn

from dann.errors import RunError, UserError, unknown
from dann.networks.backbone import Backbone

IMAGENET = {'mean': (0.485, 0.456, 0.406), 'std': (0.229, 0.224, 0.225)}
# no linear classifier to take off, or a second one that training mode returns as well
UNFIT = ('squeezenet', 'googlenet', 'inception')


def _require(package: str) -> ModuleType:
    try:
        return import_module(package)
    except ImportError as error:
        msg = f"this backbone needs {package}; install it with pip install 'dann[vision]'"
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

    def extract(self, images: Tensor) -> Tensor:
        """Return pooled features, shape ``(B, out_features)``."""
        features: Tensor = self.network(images)
        return features


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

    def extract(self, images: Tensor) -> Tensor:
        """Return pooled features, shape ``(B, out_features)``."""
        features: Tensor = self.network(images)
        return features
