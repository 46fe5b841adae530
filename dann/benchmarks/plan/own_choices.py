"""What the command line may say about a benchmark on the user's own data, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from dann import configs
from dann.benchmarks.plan.schema import leave_out_what_needs_frozen
from dann.core.errors import UserError, unknown

PRETRAINED = ('EfficientNetLite',)  # of dann.networks; those of timm and torchvision are too
OF_IMAGES = ('size', 'backbone', 'flip', 'freeze')
FINE = 0.1  # factor on the learning rate of pretrained weights that are trained on


@dataclass(frozen=True, slots=True)
class Choices:
    """The options of a benchmark on the user's own data; ``None`` for what follows from the others.

    Args:
        size: Side of images in pixels: 160 for pretrained backbones, 64 for others.
        backbone: A class of ``dann.networks`` for images, ``EfficientNetLite`` by default; or ``timm:MODEL`` or
            ``torchvision:MODEL``, with their pretrained weights.
        flip: Whether training images are mirrored half of the time: yes, unless classes are characters.
        freeze: ``all``, ``none`` or a number of blocks: all of a pretrained backbone, none of another.
        protocol: ``inductive`` by default, or ``transductive``, as ``setting`` of ``DomainPair``.
        groups: Where the group of each sample is said, as ``groups`` of the data set has it.
    """

    size: int | None = None
    backbone: str | None = None
    flip: bool | None = None
    freeze: str | None = None
    protocol: str | None = None
    groups: str | None = None


NAMES = tuple(each.name for each in fields(Choices))


def refuse_for_features(choices: Choices, name: str) -> None:
    """Raise ``UserError`` for the first choice that only images have."""
    for key in OF_IMAGES:
        if getattr(choices, key) is not None:
            raise UserError(f'`--{key}` is for images, and {name} holds features; leave it out')


def configuration(choices: Choices) -> dict[str, Any]:
    """Return ``own-data``, or ``own-data-scratch``, with the backbone and the frozen blocks that were chosen.

    Raises:
        UserError: There is no such backbone, or a number of blocks is no number.
    """
    chosen, pretrained = _backbone(choices.backbone or 'EfficientNetLite')
    config = configs.load('own-data' if pretrained else 'own-data-scratch')
    options = config['model']['init_args']
    if options['backbone']['class_path'] != chosen['class_path']:
        options['backbone'] = chosen
    if choices.freeze is not None:
        options['freeze'] = _freeze(choices.freeze)
        if pretrained and options['freeze'] != 'all':
            options['backbone_lr_scale'] = FINE
    leave_out_what_needs_frozen(options)
    return config


def _backbone(name: str) -> tuple[dict[str, Any], bool]:
    """Return the configuration of a backbone, and whether its weights are pretrained."""
    package, colon, model = name.partition(':')
    if colon and model and package == 'timm':
        return {'class_path': 'Timm', 'init_args': {'name': model, 'pretrained': True}}, True
    if colon and model and package == 'torchvision':
        return {'class_path': 'Torchvision', 'init_args': {'name': model, 'weights': 'DEFAULT'}}, True
    from dann.core.registry import registered
    from dann.networks import Backbone

    kinds = registered(Backbone, 'dann.networks')
    known = [kind for kind, each in kinds.items() if each.axes == 3 and kind not in ('Timm', 'Torchvision')]
    if name not in known:
        raise unknown('backbone', name, [*known, 'timm:MODEL', 'torchvision:MODEL'])
    return {'class_path': name}, name in PRETRAINED


def _freeze(text: str) -> str | int:
    if text in ('all', 'none'):
        return text
    if not text.isdecimal():
        raise UserError(f'expected `--freeze` to be all, none or a number of blocks, got {text!r}')
    return int(text)


def mirror(data: dict[str, Any], flip: bool | None, classes: Sequence[str]) -> None:
    """Say in ``data`` whether training images are mirrored: by default unless the classes are characters."""
    asked = {'flip': not are_characters(classes) if flip is None else flip}
    options = (data.pop('augment', None) or {}).get('init_args', {}) | asked
    if options['flip'] or options.get('shift'):
        data['augment'] = {'class_path': 'Augment', 'init_args': options}


def are_characters(classes: Sequence[str]) -> bool:
    """Whether all classes are single characters or numbers, whose mirror images are other characters or none."""
    return all(len(name) == 1 or name.isdecimal() for name in classes)
