"""Stages of a run, each with an optimiser and a schedule of its own, and what recurs at equal distances in one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch.optim import Optimizer


def stage_progress(step: int, begins: int, planned: int) -> float:
    r"""Share of its stage that has passed at a step.

    .. math:: p(t) = \frac{t}{b} \text{ for } t < b, \qquad p(t) = \frac{t - b}{T - b} \text{ from } b \text{ on}

    Args:
        step: The step ``t``, counted from 0.
        begins: The step ``b`` at which the second stage begins; 0 or ``planned`` in a run of one stage.
        planned: The steps ``T`` of the run, above 0.

    Returns:
        A number in [0, 1]: 0 at the first step of either stage, 1 after the last one of the run.

    Example:
        >>> [stage_progress(step, begins=4, planned=6) for step in range(7)]
        [0.0, 0.25, 0.5, 0.75, 0.0, 0.5, 1.0]
    """
    if step < begins or begins >= planned:
        return step / min(begins, planned)
    return (step - begins) / (planned - begins)


def begins_round(step: int, steps: int, rounds: int) -> bool:
    """Whether ``step`` of ``steps``, counted from 0, is the first of one of ``rounds`` equal parts.

    Of more rounds than steps, each step begins one.
    """
    return step * rounds // steps != (step - 1) * rounds // steps


def forget(optimizer: Optimizer, make: Callable[[Any], Optimizer]) -> None:
    """Bring an optimiser's state, as its momenta, back to how it is made; the rates of its groups stay.

    Args:
        optimizer: What forgets.
        make: Makes such an optimiser from parameter groups.
    """
    fresh = make([{'params': group['params']} for group in optimizer.param_groups])
    # in place: whoever wraps the optimiser holds the same dictionary
    optimizer.state.clear()
    optimizer.state.update(fresh.state)
