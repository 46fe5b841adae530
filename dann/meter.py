"""Loss terms, kept on the device and read seldom."""

from __future__ import annotations

import torch
from torch import Tensor

from dann.errors import CheckError, RunError


class NonFiniteLossError(RunError):
    """A loss term became NaN or infinite."""


class LossMeter:
    """Collects the loss terms of every step without waiting for the device.

    Reading a number makes the host wait for the accelerator, so terms are read in blocks; a term that is
    not finite is then traced back to its step.
    """

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()
        self.reset()

    def reset(self) -> None:
        """Forget the means of the interval."""
        self._pending: list[Tensor] = []
        self._sum: dict[str, float] = {}
        self._steps = 0

    def update(self, names: tuple[str, ...], terms: Tensor) -> None:
        """Take the terms of one step, shape ``(len(names),)``."""
        if self._pending and names != self.names:
            msg = f'expected the same loss terms at every step, got {self.names} and then {names}'
            raise CheckError(msg)
        self.names = names
        self._pending.append(terms.detach())

    def read(self, last_step: int) -> dict[str, float]:
        """Return the means since the last reading.

        Args:
            last_step: Number of the last step taken, which names the step of a term that is not finite.

        Raises:
            NonFiniteLossError: A term is NaN or infinite.
        """
        block = torch.stack(self._pending).double().cpu()
        bad = (~block.isfinite()).nonzero()
        if len(bad):
            row, column = bad[0].tolist()
            step = last_step - len(block) + 1 + row
            msg = (
                f'loss/{self.names[column]} became {block[row, column].item()} at step {step}; '
                'lower the learning rate or the weight of that term'
            )
            raise NonFiniteLossError(msg)
        self._pending = []
        self._steps += len(block)
        for name, total in zip(self.names, block.sum(dim=0).tolist(), strict=True):
            self._sum[name] = self._sum.get(name, 0.0) + total
        return {
            f'loss/{name}': mean for name, mean in zip(self.names, block.mean(dim=0).tolist(), strict=True)
        }

    @property
    def means(self) -> dict[str, float]:
        """Means over all readings since the last reset."""
        return {f'loss/{name}': total / self._steps for name, total in self._sum.items()}
