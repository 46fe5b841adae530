"""The layers of a network that normalise: which there are, by whose statistics, and what of them is trained."""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

Kinds = tuple[type[nn.Module], ...]
BATCH: Kinds = (_BatchNorm,)
ALL: Kinds = (_BatchNorm, nn.LayerNorm, nn.GroupNorm)


def normalising(network: nn.Module, kinds: Kinds = ALL) -> list[nn.Module]:
    """Return the layers that normalise, in the order in which the network holds them.

    Args:
        network: Any module.
        kinds: Which layers count.
    """
    return [each for each in network.modules() if isinstance(each, kinds)]


def affine(norms: Iterable[nn.Module]) -> list[nn.Parameter]:
    """Return scale and offset of layers that normalise, each once: layers may share them."""
    return list(dict.fromkeys(parameter for norm in norms for parameter in norm.parameters(recurse=False)))


def normalise_by_batch(norms: Iterable[nn.Module]) -> None:
    """Let batch norms take the statistics of each batch, and leave the running ones as they are.

    Layer and group norms, which know no others than those of a sample, are passed over.
    """
    for norm in norms:
        if isinstance(norm, _BatchNorm):
            norm.training, norm.track_running_stats = True, False
