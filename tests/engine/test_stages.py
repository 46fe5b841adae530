"""Progress in a stage, the parts of a stage, and an optimiser that is as good as new."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from dann.engine.stages import begins_round, forget, stage_progress


@pytest.mark.parametrize('planned', [1, 7, 20])
@pytest.mark.parametrize('begins', [0, 1, 3, 7, 20])
def test_progress_runs_from_zero_to_one_in_each_stage(begins: int, planned: int) -> None:
    begins = min(begins, planned)
    found = [stage_progress(step, begins, planned) for step in range(planned + 1)]
    of_run = [step / planned for step in range(planned + 1)]
    first = [step / begins for step in range(begins)]
    second = [step / (planned - begins) for step in range(planned - begins + 1)] if begins < planned else []
    assert found == (of_run if begins in (0, planned) else first + second)
    assert min(found) == 0
    assert found[-1] == 1


@pytest.mark.parametrize(('steps', 'rounds'), [(10, 3), (7, 7), (5, 16), (40, 1), (80, 16), (500, 15)])
def test_rounds_begin_at_the_first_step_and_as_often_as_asked_for(steps: int, rounds: int) -> None:
    begun = [begins_round(step, steps, rounds) for step in range(steps)]
    assert begun[0]
    assert sum(begun) == min(steps, rounds)
    starts = [step for step, first in enumerate(begun) if first]
    lengths = [after - before for before, after in zip(starts, [*starts[1:], steps], strict=True)]
    assert max(lengths) - min(lengths) <= 1
    if steps % rounds == 0:
        assert starts == list(range(0, steps, steps // rounds))


OPTIMIZERS: list[Any] = [
    lambda groups: torch.optim.Adam(groups, lr=0.1),
    lambda groups: torch.optim.SGD(groups, lr=0.1, momentum=0.9),
    lambda groups: torch.optim.Adagrad(groups, lr=0.1),
]


def descend(optimizer: Any, weight: nn.Parameter, slope: float) -> None:
    optimizer.zero_grad()
    torch.autograd.backward((slope * weight).sum())
    optimizer.step()


@pytest.mark.parametrize('make', OPTIMIZERS)
def test_an_optimiser_that_forgot_goes_on_as_a_new_one_at_the_rates_it_had(make: Any) -> None:
    one, other = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
    used, fresh = make([{'params': [one], 'name': 'kept'}]), make([{'params': [other]}])
    for step in range(3):
        descend(used, one, 1.0 + step)
    used.param_groups[0]['lr'] = fresh.param_groups[0]['lr'] = 0.03
    with torch.no_grad():
        other.copy_(one)
    forget(used, make)
    assert used.param_groups[0]['lr'] == 0.03
    assert used.param_groups[0]['name'] == 'kept'
    for step in range(2):
        descend(used, one, -1.0 - step)
        descend(fresh, other, -1.0 - step)
        assert torch.equal(one, other)


def test_what_holds_the_state_of_an_optimiser_sees_that_it_forgot() -> None:
    weight = nn.Parameter(torch.ones(1))
    optimizer = OPTIMIZERS[0]([weight])
    descend(optimizer, weight, 1.0)
    held = optimizer.state
    forget(optimizer, OPTIMIZERS[0])
    assert held is optimizer.state
    assert not held


def test_state_that_is_there_before_the_first_step_is_there_again() -> None:
    weight = nn.Parameter(torch.ones(1))

    def make(groups: Any) -> torch.optim.Optimizer:
        optimizer = torch.optim.SGD(groups, lr=0.1)
        optimizer.state[weight] = {'count': 0}
        return optimizer

    optimizer = make([weight])
    optimizer.state[weight]['count'] = 3
    forget(optimizer, make)
    assert optimizer.state[weight] == {'count': 0}
