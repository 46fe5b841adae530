"""Backbones of torchvision and timm, behind the ``vision`` extra."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any, ClassVar, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dann.core.errors import RunError, UserError, check, unknown
from dann.core.frozen import frozen
from dann.networks.backbone import Backbone
from dann.networks.patchwise import Patchwise

IMAGENET = {'mean': (0.485, 0.456, 0.406), 'std': (0.229, 0.224, 0.225)}
TRANSFORMER = 'VisionTransformer'  # what both packages call the class of plain vision transformers
MAXVIT = 224  # the one size that these take, which they do not say
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


class Resizing(Backbone):
    """A backbone that brings images of another size than its own to that size.

    Args:
        mean: Subtracted from each channel.
        std: Divides each channel after that.
        image_size: Height and width in pixels; ``None`` to take images as they are.
    """

    resizes = True

    def __init__(self, mean: Sequence[float], std: Sequence[float], image_size: int | None) -> None:
        super().__init__(mean, std)
        check(image_size is None or image_size > 0, f'expected `image_size` above 0, got {image_size}')
        self.image_size = image_size

    def resized(self, images: Tensor) -> Tensor:
        """Return normalised images of the network's size, within the range that images in [0, 1] have."""
        if self.image_size is None or images.shape[2:] == (self.image_size, self.image_size):
            return images
        side = (self.image_size, self.image_size)
        large = F.interpolate(images, size=side, mode='bicubic', antialias=True)
        return large.clamp(min=-self.mean / self.std, max=(1 - self.mean) / self.std)

    def pixels(self, images: Tensor) -> Tensor:
        """Return images in [0, 1] normalised, of the network's size."""
        return self.resized(self.normalised(images))


class Torchvision(Resizing):
    """A torchvision classifier without its last linear layer, fed with images normalised as its weights expect.

    Args:
        name: As in ``torchvision.models.list_models()``, a classifier with such a layer, like ``resnet50``.
        weights: Name of pretrained weights, for example ``IMAGENET1K_V2``; random when ``None``.
        image_size: Size in pixels that images are brought to; ``None`` for as they are, or for the model's own where it
            takes no other, as vision transformers.
    """

    untrained: ClassVar[Mapping[str, Any]] = frozen({'weights': None})

    def __init__(
        self, name: str = 'resnet50', weights: str | None = None, image_size: int | None = None
    ) -> None:
        models = _require('torchvision.models')
        known = [model for model in models.list_models(module=models) if not model.startswith(UNFIT)]
        if name not in known:
            raise unknown('torchvision model', name, known)
        if weights and weights not in (choices := models.get_model_weights(name).__members__):
            raise unknown(f'weights of {name}', weights, choices)
        network: Any = _make(models.get_model, name, weights=weights)
        fixed = MAXVIT if name.startswith('maxvit') else getattr(network, 'image_size', None)
        super().__init__(*_expected(models, name, weights), fixed if image_size is None else image_size)
        self.licence = f"as torchvision's page of {name} says" if weights else ''
        for path, layer in reversed(list(network.named_modules())):
            if isinstance(layer, nn.Linear):
                self.out_features = layer.in_features
                parent, _, leaf = path.rpartition('.')
                setattr(network.get_submodule(parent), leaf, nn.Identity())
                break
        self.network = cast(nn.Module, network)

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

    def patchwise(self) -> Patchwise | None:
        """Return both halves of a vision transformer."""
        network: Any = self.network
        if type(network).__name__ != TRANSFORMER:
            return None

        def embedded(images: Tensor) -> Tensor:
            patches: Tensor = network._process_input(images)
            tokens = torch.cat([network.class_token.expand(len(patches), -1, -1), patches], dim=1)
            placed: Tensor = tokens + network.encoder.pos_embedding
            return placed

        def attended(tokens: Tensor) -> Tensor:
            encoder = network.encoder
            seen: Tensor = encoder.ln(encoder.layers(encoder.dropout(tokens)))
            return seen

        return Patchwise(network.patch_size, network.hidden_dim, 1, self.pixels, embedded, attended)

    def extract(self, images: Tensor) -> Tensor:
        """Return pooled features, shape ``(B, out_features)``."""
        features: Tensor = self.network(self.resized(images))
        return features


def _expected(models: ModuleType, name: str, weights: str | None) -> tuple[Sequence[float], Sequence[float]]:
    """Return mean and standard deviation of the images that weights of torchvision were trained on."""
    chosen = models.get_model_weights(name)[weights] if weights else None
    transforms = getattr(chosen, 'transforms', None)
    stated: Any = transforms() if transforms is not None else None
    return getattr(stated, 'mean', IMAGENET['mean']), getattr(stated, 'std', IMAGENET['std'])


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


class Timm(Resizing):
    """A timm model with its classifier removed, fed with images normalised as its weights expect.

    Vision transformers, such as those of DINOv2, DINOv3 and CLIP, take images of any size that their patches divide;
    others are brought to the next such size.

    Args:
        name: As in ``timm.list_models()``, for example ``resnet50.a1_in1k`` or ``vit_base_patch16_clip_224.openai``.
        pretrained: Load the pretrained weights that the name stands for.
        image_size: Size in pixels that images are brought to; ``None`` for as they are, or for the model's own where it
            takes no other.
    """

    untrained: ClassVar[Mapping[str, Any]] = frozen({'pretrained': False})

    def __init__(
        self, name: str = 'resnet50', *, pretrained: bool = False, image_size: int | None = None
    ) -> None:
        timm = _require('timm')
        known = {*timm.list_models(), *timm.list_pretrained()}
        if name not in known:
            raise unknown('timm model', name, known)
        network, fixed = _of_timm(timm, name, pretrained=pretrained)
        facts = network.pretrained_cfg
        own = facts['input_size'][-1] if fixed and facts.get('input_size') else None
        super().__init__(facts['mean'], facts['std'], own if image_size is None else image_size)
        self.licence = str(facts.get('license') or f'as the page of {name} says') if pretrained else ''
        self.network = cast(nn.Module, network)
        # some heads, such as MobileNetV3's, have a layer before the classifier
        self.out_features = int(getattr(network, 'head_hidden_size', network.num_features))

    def build(self, image_shape: Sequence[int]) -> None:
        """Bring images that the patches of a transformer do not divide to the next size that they divide."""
        patch = max(_pair(getattr(getattr(self.network, 'patch_embed', None), 'patch_size', None) or 1))
        if self.image_size is None and any(side % patch for side in image_shape[1:]):
            self.image_size = math.ceil(max(image_shape[1:]) / patch) * patch

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

    def patchwise(self) -> Patchwise | None:
        """Return both halves of a plain vision transformer with square patches."""
        network: Any = self.network
        high, wide = _pair(getattr(getattr(network, 'patch_embed', None), 'patch_size', None) or 1)
        if type(network).__name__ != TRANSFORMER or high != wide:
            return None

        def embedded(images: Tensor) -> Tensor:
            tokens: Tensor = network._pos_embed(network.patch_embed(images))
            return tokens

        def attended(tokens: Tensor) -> Tensor:
            seen: Tensor = network.norm(network.blocks(network.norm_pre(tokens)))
            return seen

        leading = int(network.num_prefix_tokens)
        return Patchwise(high, int(network.embed_dim), leading, self.pixels, embedded, attended)

    def extract(self, images: Tensor) -> Tensor:
        """Return pooled features, shape ``(B, out_features)``."""
        features: Tensor = self.network(self.resized(images))
        return features


def _of_timm(timm: ModuleType, name: str, *, pretrained: bool) -> tuple[Any, bool]:
    """Return a model without classifier, and whether it takes images of its own size alone."""
    options: dict[str, Any] = {'pretrained': pretrained, 'num_classes': 0}
    network: Any
    try:
        network = _make(timm.create_model, name, **options, dynamic_img_size=True)
    except TypeError:  # which most models without such an option raise, and some do not
        network = _make(timm.create_model, name, **options)
    any_size = getattr(network, 'dynamic_img_size', False)
    return network, not any_size and bool(network.pretrained_cfg.get('fixed_input_size'))


def _pair(size: int | Sequence[int]) -> Sequence[int]:
    return (size, size) if isinstance(size, int) else size
