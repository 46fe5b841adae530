"""What of a backbone is trained, from which progress on, and how fast."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

from jsonargparse.typing import NonNegativeInt
from torch import nn

from dann.core.errors import CheckError, check
from dann.networks.backbone import Backbone

Freeze: TypeAlias = Literal['none', 'all'] | NonNegativeInt


def parts(backbone: Backbone) -> list[nn.Module]:
    """Return the blocks of a backbone, or its children as one where its blocks are not known."""
    return backbone.blocks() or [nn.ModuleList(backbone.children())]


def frozen_blocks(backbone: Backbone, freeze: Freeze) -> int:
    """Return how many blocks of a backbone an option freezes, from the first.

    Args:
        backbone: The backbone.
        freeze: ``none``, ``all``, or the number of blocks.

    Raises:
        CheckError: Another word, more blocks than there are, or a number where blocks are not known.
    """
    if freeze in ('none', 'all'):
        return len(parts(backbone)) if freeze == 'all' else 0
    name, known = type(backbone).__name__, len(backbone.blocks())
    if not isinstance(freeze, int) or isinstance(freeze, bool) or freeze < 0:
        raise CheckError(f'expected `freeze` to be none, all or a number of blocks, got {freeze!r}')
    check(freeze <= known or known > 0, f'{name} has no blocks to count; expected `freeze` to be none or all')
    check(freeze <= known, f'expected `freeze` of at most the {known} blocks of {name}, got {freeze}')
    return freeze


def freeze_first(backbone: Backbone, count: int) -> None:
    """Freeze the first ``count`` blocks, in evaluation mode, and train all others."""
    blocks = parts(backbone)
    backbone.frozen = blocks[:count]
    for place, block in enumerate(blocks):
        block.requires_grad_(place >= count)
    backbone.train(backbone.training)


def still_frozen(count: int, progress: float, unfrozen_by: float) -> int:
    r"""Return how many of the first ``count`` blocks are still frozen at ``progress``.

    They are unfrozen from the last to the first, at equal distances: all are frozen at progress 0, none from
    ``unfrozen_by`` on, :math:`\lceil c (1 - p / u) \rceil` between. With ``unfrozen_by`` 0 all stay frozen.

    Reference:
        `Universal Language Model Fine-tuning for Text Classification <https://arxiv.org/abs/1801.06146>`_ (Howard and
        Ruder, ACL 2018), section 3.3, where one layer an epoch is unfrozen.
    """
    return math.ceil(count * max(0.0, 1 - progress / unfrozen_by)) if unfrozen_by else count


def rate_scales(backbone: Backbone, scale: float, decay: float) -> dict[int, float]:
    """Return the factor on the learning rate of each parameter of a backbone, by ``id``.

    Args:
        backbone: The backbone.
        scale: Factor on the last block.
        decay: Factor from each block to the one before it.

    Reference:
        The same, section 3.2 (discriminative fine-tuning).
    """
    scales = {id(parameter): scale for parameter in backbone.parameters()}
    for distance, block in enumerate(reversed(parts(backbone))):
        scales |= {id(parameter): scale * decay**distance for parameter in block.parameters()}
    return scales
