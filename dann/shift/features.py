"""Features of both domains: their pixels, and the layers of a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dann.shift.arrays import Array
from dann.shift.classes import Classes
from dann.shift.domains import Domains
from dann.shift.seen import Seen

MOST = 1024  # numbers a feature map is pooled to, at most
SIDE = 16  # pixels of an image that is measured as it is, at most
BATCH = 64


def pixels(domains: Domains) -> Seen:
    """Return the images themselves, averaged to at most 16 x 16 pixels; features and series as they are."""
    source, target = (
        stacked(
            [
                pooled_map(part, SIDE) if domains.are_images else part.flatten(1)
                for part in domains.batches(side, BATCH)
            ]
        )
        for side in ('source', 'target')
    )
    return Seen('pixels' if domains.are_images else 'features', source, target)


def encoded(name: str, network: nn.Module, stages: list[nn.Module], domains: Domains) -> Seen:
    """Return features of a fixed network: its last stage, pooled, or its output where it names no stage.

    Args:
        name: Row of the table.
        network: Images in [0, 1] to features ``(B, D)``.
        stages: Modules of it whose outputs are feature maps.
        domains: The images.
    """
    source, target = (
        layers_of(network, stages, domains.batches(side, BATCH)) for side in ('source', 'target')
    )
    layers = {layer: (source[layer], target[layer]) for layer in source}
    last = list(layers.values())[-2 if stages else -1]
    return Seen(name, *last, {key: value for key, value in layers.items() if key != 'output' or not stages})


@torch.no_grad()
def layers_of(
    network: Callable[[Tensor], Tensor], stages: list[nn.Module], batches: Iterator[Tensor]
) -> dict[str, Array]:
    """Return each stage's outputs, pooled, and the network's own, as ``(N, D)`` under the layer's name."""
    found: dict[str, list[Tensor]] = {}
    with watched(stages) as latest:
        for images in batches:
            output = network(images)
            for layer, value in [*latest.items(), ('output', output)]:
                found.setdefault(layer, []).append(value)
    return {layer: stacked(parts) for layer, parts in found.items()}


@contextmanager
def watched(stages: list[nn.Module]) -> Iterator[dict[str, Tensor]]:
    """Keep the latest output of each stage, pooled and flattened, under ``stage 1`` and so on."""
    latest: dict[str, Tensor] = {}

    def keep(layer: str) -> Callable[..., None]:
        def hook(_module: nn.Module, _inputs: object, output: Tensor) -> None:
            side = 2 if 4 * output.shape[1] <= MOST else 1
            latest[layer] = pooled_map(output, side)

        return hook

    hooks = [
        stage.register_forward_hook(keep(f'stage {number}')) for number, stage in enumerate(stages, start=1)
    ]
    try:
        yield latest
    finally:
        for hook in hooks:
            hook.remove()


def pooled_map(maps: Tensor, side: int) -> Tensor:
    """Average maps ``(B, C, H, W)`` to at most ``side`` by ``side`` places and flatten them."""
    sides = min(side, maps.shape[2]), min(side, maps.shape[3])
    return F.adaptive_avg_pool2d(maps, sides).flatten(1)


def stacked(parts: list[Tensor]) -> Array:
    """Return batches as one matrix in double precision."""
    array: Array = torch.cat(parts).detach().cpu().double().numpy()
    return array


def as_classes(values: Tensor) -> Classes:
    """Return classes as whole numbers."""
    return np.asarray(values.cpu().numpy(), np.int64)
