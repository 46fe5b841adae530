"""A hint for games between two players that are trained with much momentum."""

from __future__ import annotations

import logging
from functools import cache

from pytorch_lightning.utilities import rank_zero_only
from torch import nn
from torch.optim import Optimizer


def first_momentum(optimizer: Optimizer) -> float:
    """Return the share of its running mean of gradients that a step keeps: ``beta1`` of Adam, momentum of SGD."""
    group = optimizer.param_groups[0]
    return float(group['betas'][0] if 'betas' in group else group.get('momentum', 0.0))


def hint_at_momentum(module: nn.Module, optimizer: Optimizer) -> None:
    """Log, once a process and method, that a game is trained with more momentum than the literature recommends.

    It goes the way of Lightning's own notices, which benchmarks, searches and ``dann reproduce`` silence: their rows
    share one optimiser, which is theirs or a paper's to choose.
    """
    momentum = first_momentum(optimizer)
    for part in module.modules():
        most = getattr(part, 'recommended', {}).get('momentum')
        if most is not None and momentum > most:
            _log(type(part).__name__, momentum, most)


_logger = logging.getLogger('pytorch_lightning.momentum')


@cache
@rank_zero_only
def _log(method: str, momentum: float, most: float) -> None:
    _logger.warning(
        f'{method} is a game of two players, for which a momentum of at most {most:g} is recommended; this optimiser '
        f'has {momentum:g}. Compare --model.optimizer torch.optim.Adam --model.optimizer.betas [{most:g},0.999]'
    )
