"""The layers of a network that normalise: which there are, by whose statistics, and what of them is trained."""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from dann.core.errors import UserError

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


def found_norms(network: nn.Module, name: str, kinds: Kinds = BATCH) -> list[nn.Module]:
    """Return the layers that normalise, for a method that needs some.

    Args:
        network: Any module.
        name: Of the method that asks.
        kinds: Which layers it adapts.

    Raises:
        UserError: There are none.
    """
    if norms := normalising(network, kinds):
        return norms
    layers = 'batch norm' if kinds == BATCH else 'batch, layer or group norm'
    raise UserError(
        f'{name} adapts {layers}, of which the network has none; set batch_norm: true on the backbone '
        f'(--model.backbone.batch_norm true), or leave {name} out'
    )


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
