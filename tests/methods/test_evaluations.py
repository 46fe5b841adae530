"""How often a run is evaluated is no hyper-parameter."""

from __future__ import annotations

import inspect
import random
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from training import KINDS, METHODS, fit, make, module, pair, same_weights

from dann.engine.module import AdaptationModule

STEPS = 12
REFRESHED = (
    'refreshes',
    'rounds',
)  # options that say how often; as often as there are steps would hide a difference


class Generators(pl.Callback):
    """Sees to it that no number is drawn from a generator of the process while a network is evaluated."""

    def __init__(self) -> None:
        self.evaluations = 0

    def on_validation_start(self, *_: Any) -> None:
        self.before = self.states()

    def on_validation_end(self, *_: Any) -> None:
        self.evaluations += 1
        assert self.states() == self.before

    def states(self) -> tuple[object, ...]:
        return torch.get_rng_state().tolist(), str(np.random.get_state()), random.getstate()


def method(name: str | None) -> Any:
    if name is None:
        return None
    known = inspect.signature(KINDS[name].__init__).parameters
    return make(name, **{option: 3 for option in REFRESHED if option in known})


def trained(name: str | None, evaluations: int, **options: Any) -> AdaptationModule:
    """A network with batch norm and dropout after the same steps, evaluated so many times."""
    watch = Generators()
    normed: dict[str, Any] = {'normed': True, 'bottleneck_norm': 'batch', 'bottleneck_dropout': 0.2}
    made = module(method(name), optimizer=torch.optim.Adam, **normed, **options)
    fit(made, pair(steps_per_epoch=STEPS // evaluations), epochs=evaluations, callbacks=[watch])
    assert watch.evaluations == evaluations
    return made


@pytest.mark.slow
@pytest.mark.parametrize('name', [None, *METHODS])
def test_twice_as_many_evaluations_give_the_same_weights_to_the_last_bit(name: str | None) -> None:
    assert same_weights(trained(name, 2), trained(name, 4))


def test_no_validator_leaves_a_trace_in_a_run() -> None:
    every = trained('DANN', 4, validators=None, dear_validators='always')
    assert len(every.scores) > 10
    assert same_weights(trained('DANN', 1), every)
