"""Whether a backbone keeps what it promises, before anything is trained on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from dann.core.errors import CheckError, check
from dann.networks.backbone import Backbone

DERIVE = 'derive the class from dann.Backbone and write `extract`'


def check_kind(backbone: object) -> None:
    """Raise ``CheckError`` unless this is a ``Backbone``, and not any other network."""
    name = type(backbone).__name__
    check(isinstance(backbone, Backbone), f'{name} is no Backbone; {DERIVE}, which may call the network')


def check_features(backbone: Backbone, image_shape: Sequence[int]) -> None:
    """Pass two black images through a backbone, and see that features come out as it announces them.

    It is done in evaluation mode, and leaves weights, batch norm, modes and random numbers as they are.

    Args:
        backbone: Built for the images.
        image_shape: Of the data, ``(C, H, W)``.

    Raises:
        CheckError: The backbone cannot take the images, or gives something else than ``(2, out_features)``.
    """
    name, shape = type(backbone).__name__, tuple(image_shape)
    announced = getattr(backbone, 'out_features', None)
    check(
        announced is not None, f'{name} has no `out_features`; set it to the width of what `extract` returns'
    )
    features = _features(backbone, shape)
    check(
        isinstance(features, Tensor),
        f'{name} gives {type(features).__name__}; return a tensor from `extract`',
    )
    given = tuple(features.shape)
    check(
        features.ndim < 3,
        f'{name} gives {given} of samples {(2, *shape)}, not pooled; return `maps.mean((2, 3))` from `extract`'
        if features.ndim == 4
        else f'{name} gives {given} of samples {(2, *shape)}; return features (B, out_features) from `extract`',
    )
    check(
        given == (2, announced),
        f'{name} gives {given} of samples {(2, *shape)}, and its `out_features` announce {announced}; '
        f'set `out_features` to {given[-1] if given else "the width"}',
    )


@torch.no_grad()
def _features(backbone: Backbone, shape: tuple[int, ...]) -> Any:
    like = next(backbone.parameters(), backbone.mean)
    images = torch.zeros(2, *shape, dtype=like.dtype, device=like.device)
    with _evaluating(backbone), torch.random.fork_rng(devices=[]):
        try:
            return backbone(images)
        except CheckError:
            raise
        except (RuntimeError, ValueError, TypeError, AttributeError, IndexError) as error:
            said = ' '.join(str(error).split())[:200]
            raise CheckError(
                f'{type(backbone).__name__} cannot take samples {(2, *shape)} ({said}); correct its `extract`, '
                'or the size of the data'
            ) from error


@contextmanager
def _evaluating(network: nn.Module) -> Iterator[None]:
    modes = {part: part.training for part in network.modules()}
    network.eval()
    try:
        yield
    finally:
        for part, training in modes.items():
            part.training = training
