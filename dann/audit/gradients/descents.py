"""Whether the optimisers of a method that has several play against each other."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from torch import Tensor

from dann.audit.gradients.probe import Probe, Step, scientific
from dann.audit.tapped import Tap
from dann.audit.watch import TASK
from dann.core.views import Losses

SIZE = 1e-6
Move = tuple[int, str]


def opposed_descents(probe: Probe) -> list[tuple[bool, str]]:
    """Return whether two descents on different weights pull against each other, and in words.

    They do where each lowers the loss that it descends on, and raises the other's.
    """
    if probe.module.automatic_optimization:
        return []
    values, steps = _descents(probe)
    players = _players(steps)
    changes = {move: _changes(probe, values, steps[move]) for pair in players for move in pair}
    found = [
        (
            changes[one][one] < 0 < changes[one][other] and changes[other][other] < 0 < changes[other][one],
            f'a step down {one[1]} in one optimiser changes {other[1]} of the other by '
            f'{scientific(changes[one][other])}, and the other way round by {scientific(changes[other][one])}',
        )
        for one, other in players
        if changes[one][other] and changes[other][one]
    ]
    against = [each for each in found if each[0]]
    return against or [(good, f'{words}: they pull the same way') for good, words in found]


def _players(steps: Mapping[Move, Step]) -> list[tuple[Move, Move]]:
    """Return pairs of descents on different weights: of one term under two signs, or else of any two."""
    apart = [
        (one, other)
        for one, other in combinations(steps, 2)
        if one[0] != other[0] and not steps[one].keys() & steps[other].keys()
    ]
    return [pair for pair in apart if pair[0][1] == pair[1][1]] or apart


def _changes(probe: Probe, before: Mapping[Move, float], step: Step) -> dict[Move, float]:
    after, _ = _descents(probe, step, gradients=False)
    return {move: after[move] - value for move, value in before.items()}


def _descents(
    probe: Probe, step: Step | None = None, *, gradients: bool = True
) -> tuple[dict[Move, float], dict[Move, dict[str, Tensor]]]:
    """Return the value of every term that a training step descends on, and a small step down it.

    Args:
        probe: The module, its batch and its weights.
        step: Moves the weights first.
        gradients: Whether to return steps at all.

    Returns:
        Two mappings by the number of the call of ``descend`` and the name of the term.
    """
    probe.reset(step)
    recorder = _DryDescents(probe, gradients=gradients)
    before, probe.module.tap = probe.module.tap, recorder
    try:
        probe.module.training_step(probe.batch, 0)
    finally:
        probe.module.tap = before
    return recorder.values, recorder.steps


class _DryDescents(Tap):
    """Records on which terms a training step descends, and lets no optimiser move."""

    dry = True

    def __init__(self, probe: Probe, *, gradients: bool) -> None:
        self.probe, self.gradients, self.calls = probe, gradients, 0
        self.values: dict[Move, float] = {}
        self.steps: dict[Move, dict[str, Tensor]] = {}

    def descend(self, losses: Losses, optimizers: tuple[Any, ...]) -> Losses:
        """Record values and, where asked for, steps."""
        names = _names(self.probe, optimizers) if self.gradients else []
        for term, value in losses.items():
            if term not in TASK:
                self.values[self.calls, term] = float(value.detach())
                if found := self.probe.gradient([value], names):
                    self.steps[self.calls, term] = self.probe.down(found, SIZE)
        self.calls += 1
        return losses


def _names(probe: Probe, optimizers: tuple[Any, ...]) -> list[str]:
    """Return which parameters of the copy the optimisers of the original train."""
    moved = {
        id(each) for optimizer in optimizers for group in optimizer.param_groups for each in group['params']
    }
    original = probe.module.trainer.lightning_module
    names = {name for name, each in original.named_parameters() if id(each) in moved}
    return [name for name in probe.trained if name in names]
