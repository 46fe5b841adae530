"""All that the features of a backbone depend on besides its weights, ready for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from dann.core.own_code import own_code
from dann.networks.backbone import Backbone

OF_A_RUN = ('training', 'frozen', 'stored')  # attributes of a layer that features do not depend on


def described(backbone: Backbone) -> dict[str, Any]:
    """Return class and layers of a backbone, and hashes of its plain attributes and of its code outside this package.

    Plain attributes are told because a layer does not name all of its options, as the heads of an attention.
    """
    attributes = '\n'.join(f'{name} {_attributes(layer)}' for name, layer in backbone.named_modules())
    return {
        'backbone': f'{type(backbone).__module__}.{type(backbone).__qualname__}',
        'network': repr(backbone),
        'attributes': sha256(attributes.encode()).hexdigest(),
        'mean and std': [backbone.mean.flatten().tolist(), backbone.std.flatten().tolist()],
        'size': getattr(backbone, 'image_size', None),
        'own code': own_code(backbone),
    }


def _attributes(layer: Any) -> str:
    """Return the numbers, words and tables of them that a layer keeps, as text."""
    kept = {
        name: value
        for name, value in vars(layer).items()
        if name[0] != '_' and name not in OF_A_RUN and _is_plain(value)
    }
    return repr(sorted(kept.items()))


def _is_plain(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(_is_plain(each) for each in value.values())
    if isinstance(value, list | tuple):
        return all(_is_plain(each) for each in value)
    return value is None or isinstance(value, bool | int | float | str)
