"""The learning rate schedule as the optimiser's own."""

from __future__ import annotations

from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from dann.core.schedules import Schedule
from dann.engine.stages import stage_progress


class Annealing(LambdaLR):
    """A factor on the learning rate of every parameter group that the optimiser was made with.

    A group that is added later, as Lightning's ``BackboneFinetuning`` does, keeps the rate that whoever added it sets.

    Args:
        optimizer: Whose groups have their initial rates.
        schedule: The factor as a function of progress in a stage.
        planned: Training steps of the run.
        begins: Step at which a second stage begins, where the schedule starts again; ``None`` for one stage.
    """

    def __init__(
        self, optimizer: Optimizer, schedule: Schedule, planned: int, begins: int | None = None
    ) -> None:
        first = planned if begins is None else begins
        super().__init__(optimizer, lambda step: schedule(stage_progress(step, first, planned)))

    def get_lr(self) -> list[Any]:
        """Return a rate for each group."""
        own = [
            base * factor(self.last_epoch)
            for base, factor in zip(self.base_lrs, self.lr_lambdas, strict=True)
        ]
        return own + [group['lr'] for group in self.optimizer.param_groups[len(own) :]]
