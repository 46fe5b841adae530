"""Steps on one source after the other, and a part of their way."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import torch
from many_sources import sources
from torch import Tensor
from torch.nn import functional as F
from training import fit, make, module, same_weights

from dann.core.schedules import Constant
from dann.methods.training.fish import Fish, move_part_way

ADAM: dict[str, Any] = {'optimizer': partial(torch.optim.Adam, lr=0.01), 'lr_schedule': Constant()}
RATE = 0.3


class Kept(Fish):
    """Keeps its batches, and the order in which it takes the sources of each."""

    def training_step(self, batch: Any, batch_idx: int) -> None:
        state = torch.get_rng_state()
        self.seen.append((batch, torch.randperm(self.num_sources).tolist()))
        torch.set_rng_state(state)
        super().training_step(batch, batch_idx)

    seen: list[Any]


def in_double(kind: Any = Kept, **options: Any) -> Any:
    model: Any = module(make('Fish', meta_rate=RATE, **ADAM, **options)).double()
    model.__class__ = kind
    model.seen = []
    return model


def test_its_steps_are_those_of_a_slow_loop() -> None:
    model, twin = in_double(), in_double()
    fit(model, sources(), epochs=1, trainer={'precision': '64-true'})
    *_, expected = slow_loop(twin, model.seen)
    for mine, theirs in zip(model.network.parameters(), expected, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-12)


def test_an_average_follows_where_a_step_ends_and_no_inner_one() -> None:
    model, twin = in_double(average=0.5), in_double()
    averages = [each.detach().clone() for each in twin.network.parameters()]
    fit(model, sources(), epochs=1, trainer={'precision': '64-true'})
    for weights in slow_loop(twin, model.seen):
        averages = [(average + weight) / 2 for average, weight in zip(averages, weights, strict=True)]
    for mine, theirs in zip(model.evaluated.parameters(), averages, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-12)


def slow_loop(twin: Any, seen: list[Any]) -> Iterator[list[Tensor]]:
    """Yield the weights behind each training step."""
    parameters = list(twin.network.parameters())
    averages: list[Any] = [[torch.zeros_like(each), torch.zeros_like(each)] for each in parameters]
    count = 0
    for batch, order in seen:
        before = [each.detach().clone() for each in parameters]
        images, labels = batch['source']
        for number in order:
            count += 1
            own = batch['source_domain'] == number
            loss = F.cross_entropy(twin.network(images[own]).logits, labels[own])
            slopes = torch.autograd.grad(loss, parameters)
            for weight, slope, average in zip(parameters, slopes, averages, strict=True):
                _adam(weight, slope, average, count)
        for weight, start in zip(parameters, before, strict=True):
            weight.data = start + RATE * (weight.data - start)
        yield [each.detach().clone() for each in parameters]


def _adam(weight: Tensor, slope: Tensor, average: list[Tensor], count: int) -> None:
    """One step of Adam as its paper has it, in place."""
    average[0] = 0.9 * average[0] + 0.1 * slope
    average[1] = 0.999 * average[1] + 0.001 * slope**2
    first, second = average[0] / (1 - 0.9**count), average[1] / (1 - 0.999**count)
    weight.data -= 0.01 * first / (second.sqrt() + 1e-8)


def test_a_part_of_the_way() -> None:
    value, before = torch.tensor([4.0, 8.0]), torch.tensor([2.0, 4.0])
    move_part_way([value], [before], 0.25)
    assert value.tolist() == [2.5, 5.0]


def test_running_statistics_go_the_same_part_of_the_way() -> None:
    model = module(make('Fish', meta_rate=1e-6), normed=True)
    fit(model, sources(), epochs=1)
    means = [value for name, value in model.network.named_buffers() if name.endswith('running_mean')]
    counts = [int(value) for name, value in model.network.named_buffers() if name.endswith('tracked')]
    assert 0 < torch.cat(means).abs().max() < 1e-5
    assert counts == [5 * 3]


def test_no_buffer_but_those_of_batch_norm_is_moved() -> None:
    model = module(make('Fish'), normed=True)
    model.network.register_buffer('mask', torch.tensor([0.0, -torch.inf]))
    fit(model, sources(), epochs=1)
    assert model.network.get_buffer('mask').tolist() == [0.0, -torch.inf]


def test_sources_are_taken_in_orders_that_change_and_repeat_with_the_seed() -> None:
    model, again = in_double(), in_double()
    fit(model, sources(), epochs=1, trainer={'precision': '64-true'})
    fit(again, sources(), epochs=1, trainer={'precision': '64-true'})
    assert len({tuple(order) for _, order in model.seen}) > 1
    assert same_weights(model, again)


def test_the_learning_rate_is_moved_once_a_step() -> None:
    steps: list[int] = []

    class Counting(Constant):
        def __call__(self, progress: float) -> float:
            steps.append(round(progress * 5))
            return 1.0

    model = module(make('Fish', lr_schedule=Counting()))
    fit(model, sources(), epochs=1)
    assert max(steps) == 5
    assert model.meter.means.keys() == {'loss/source'}


@pytest.mark.parametrize('rate', [0.0, 1.5])
def test_bad_arguments(rate: float) -> None:
    with pytest.raises(ValueError, match='`meta_rate` above 0 and at most 1'):
        module(make('Fish', meta_rate=rate))
