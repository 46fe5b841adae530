"""An exponential moving average of a network."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from dann.core.errors import check

N = TypeVar('N', bound=nn.Module)


class MovingAverage(nn.Module, Generic[N]):
    r"""A copy of a network whose weights follow: :math:`\theta' \leftarrow a \theta' + (1 - a) \theta`.

    In the ``n``-th update :math:`a = \min(\text{decay}, n / (n + 1))`, so that the average does not remember
    where the network began. Floating-point buffers are averaged too; others are copied. No gradient reaches the copy.

    Args:
        network: What to average; the copy starts equal to it.
        decay: Highest ``a``, in [0, 1).
        shared: Parts of ``network`` that do not change: the copy has them in common with it.
        own_statistics: Leave batch norm's running statistics out, where the copy is itself trained on batches and
            learns them from what passes through it.

    Reference:
        `Mean teachers are better role models <https://arxiv.org/abs/1703.01780>`_ (Tarvainen and Valpola, NeurIPS
        2017), section 2, and the authors' code for the first updates.
    """

    updates: Tensor

    def __init__(
        self,
        network: N,
        decay: float = 0.999,
        shared: Iterable[nn.Module] = (),
        *,
        own_statistics: bool = False,
    ) -> None:
        super().__init__()
        check(0 <= decay < 1, f'expected `decay` in [0, 1), got {decay}')
        self.decay = decay
        self.network = deepcopy(network, {id(part): part for part in shared}).requires_grad_(False)
        self.own_statistics = own_statistics
        self.register_buffer('updates', torch.zeros((), dtype=torch.float64))

    @torch.no_grad()
    def update(self, network: N) -> None:
        """Move towards ``network``."""
        self.updates += 1
        keep = (self.updates / (self.updates + 1)).clamp(max=self.decay)
        current, kept = network.state_dict(), self._kept()
        for name, averaged in self.network.state_dict().items():
            if name in kept or averaged.data_ptr() == current[name].data_ptr():
                continue
            if averaged.is_floating_point():
                averaged.lerp_(current[name], (1 - keep).to(averaged.dtype))
            else:
                averaged.copy_(current[name])

    def _kept(self) -> set[str]:
        """Return the names of the buffers that the copy learns from its own batches."""
        norms = [
            (name, module) for name, module in self.network.named_modules() if isinstance(module, _BatchNorm)
        ]
        # target images alone pass through a teacher
        own = [each for each in norms if self.own_statistics and not each[0].endswith('norms.source')]
        return {f'{name}.{buffer}' for name, module in own for buffer, _ in module.named_buffers()}
