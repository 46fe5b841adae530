"""Mean loss terms, collected on the device and read in blocks."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from dann.core.errors import RunError


class NonFiniteLossError(RunError):
    """A loss term became NaN or infinite."""


class LossMeter:
    """Collects the loss terms of every step without waiting for the device.

    Reading a number makes the host wait for the accelerator, so terms are read in blocks; a term that is
    not finite is then traced back to its step.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the means of the interval."""
        self._pending: list[tuple[tuple[str, ...], Tensor]] = []
        self._sum: dict[str, float] = {}
        self._count: dict[str, int] = {}

    def update(self, names: tuple[str, ...], terms: Tensor) -> None:
        """Take the terms of one step, shape ``(len(names),)``; another stage of a run may have other names."""
        self._pending.append((names, terms.detach()))

    def read(self, last_step: int) -> dict[str, float]:
        """Return the means since the last reading, each over the steps that had that term.

        Args:
            last_step: Number of the last step taken, which names the step of a term that is not finite.

        Raises:
            NonFiniteLossError: A term is NaN or infinite.
        """
        pending, self._pending = self._pending, []
        first = last_step - len(pending) + 1
        values = torch.cat([terms for _, terms in pending]).double().cpu().tolist()
        names = [(name, first + row) for row, (names, _) in enumerate(pending) for name in names]
        sums: dict[str, float] = {}
        counts: dict[str, int] = {}
        for (name, step), value in zip(names, values, strict=True):
            if not math.isfinite(value):
                msg = (
                    f'loss/{name} became {value} at step {step}; '
                    'lower the learning rate or the weight of that term'
                )
                raise NonFiniteLossError(msg)
            sums[name], counts[name] = sums.get(name, 0.0) + value, counts.get(name, 0) + 1
        for name in sums:
            self._sum[name] = self._sum.get(name, 0.0) + sums[name]
            self._count[name] = self._count.get(name, 0) + counts[name]
        return {f'loss/{name}': sums[name] / counts[name] for name in sums}

    @property
    def means(self) -> dict[str, float]:
        """Means over all readings since the last reset."""
        return {f'loss/{name}': total / self._count[name] for name, total in self._sum.items()}
