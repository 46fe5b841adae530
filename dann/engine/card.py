"""What a checkpoint says of itself, so that it can be used without the data and the configuration that made it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dann.core.remembered import Remembered, UnwritableError, recipe
from dann.core.version import release
from dann.networks.backbone import weights_hash

if TYPE_CHECKING:
    from dann.datasets.pair import DomainPair
    from dann.engine.module import AdaptationModule

FORMAT = 1
SOURCE_ONLY = 'source-only'
NAMED = ('pretraining', 'style', 'alignment', 'fairness')  # in the order in which they act
NOT_NEEDED = ('optimizer', 'validators')  # to use a model, or given again to train it on


def card_of(module: AdaptationModule, pair: DomainPair | None = None, **about: Any) -> dict[str, Any]:
    """Return what is needed to use a model, in plain values.

    ``model`` is the recipe of the module, or the sentence why there is none, as where its backbone was made of a
    network of the user's own. ``network`` is what follows from the method and would be lost without it. ``shape`` is
    that of a sample as the network sees it. ``preprocessing`` says how a file becomes one: brought to ``size`` pixels
    (``fit``: the middle of the longer side, or all of it squashed), cut to the ``crop`` pixels in the centre, divided
    by 255, then normalised by ``mean`` and ``std`` of the backbone.

    Args:
        module: What is saved.
        pair: The data that it was trained on.
        about: Further entries, such as the rule that chose the checkpoint.
    """
    backbone = module.backbone
    return {
        'format': FORMAT,
        'dann': release(),
        'method': method_of(module),
        'classes': list(pair.source.classes) if pair else [],
        'model': _recipe(module),
        'network': {
            'batch_norm': module.network.batch_norm,
            'bottleneck_norm': module.network.bottleneck_norm,
            'bottleneck_activation': module.network.bottleneck_activation,
            'deployed': module.deployed,
        },
        'backbone': {
            'name': type(backbone).__name__,
            'weights': weights_hash(backbone),
            'mean': backbone.mean.flatten().tolist(),
            'std': backbone.std.flatten().tolist(),
            'licence': backbone.licence,
        },
        'shape': list(pair.image_shape) if pair else [],
        'preprocessing': pair.preprocessing if pair else {},
        'features': list(pair.source.feature_names) if pair else [],
        'domains': {'source': pair.source.name, 'target': pair.target.name} if pair else {},
        **about,
    }


def method_of(module: AdaptationModule) -> str:
    """Return the classes that make the method, for example ``FDA + DANN``; ``source-only`` where there is none."""
    plain = type(module).__name__ == 'AdaptationModule'
    parts = [None if plain else module, *(getattr(module, part) for part in NAMED)]
    return ' + '.join(type(part).__name__ for part in parts if part is not None) or SOURCE_ONLY


def _recipe(module: Remembered) -> dict[str, Any] | str:
    try:
        return recipe(module, without=NOT_NEEDED)
    except UnwritableError as error:
        return str(error)
