"""Which of a network's outputs an alignment compares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from torch import Tensor

from dann.core.errors import check
from dann.core.views import View

Layer = Literal['features', 'hidden', 'logits', 'probabilities']


def check_layers(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Return ``layers`` as a tuple, or raise ``ValueError`` when empty, unknown or repeated."""
    known = get_args(Layer)
    check(
        0 < len(set(layers)) == len(layers) and set(layers) <= set(known),
        f'expected `layers` to be different ones of {known}, got {tuple(layers)}',
    )
    return tuple(layers)


def activations(view: View, layers: Sequence[Layer]) -> dict[str, Tensor]:
    """Outputs of the named layers, each ``(B, D)``; ``hidden`` stands for all of the classifier's hidden layers.

    Raises:
        ValueError: ``hidden`` of a classifier that has none.
    """
    found: dict[str, Tensor] = {}
    for layer in layers:
        if layer == 'hidden':
            check(bool(view.hidden), 'expected a classifier with hidden layers, got none; set `head`')
            found |= {f'hidden.{number}': output for number, output in enumerate(view.hidden)}
        else:
            found[layer] = getattr(view, layer)
    return found
