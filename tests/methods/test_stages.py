"""Methods of two stages: each has a fresh optimiser and the whole schedule, also after a resume."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from training import STAGED, fit, make, module, same_weights
from watching import SaveInside

from dann.core.schedules import Linear
from dann.engine.module import AdaptationModule

STEPS = 20


class Optimizers(pl.Callback):
    """Notes the rates of every step, and how many steps the moments remember after it."""

    def __init__(self) -> None:
        self.rates: list[list[float]] = []
        self.remembered: list[set[int]] = []

    def on_train_batch_start(self, trainer: pl.Trainer, *_: Any) -> None:
        self.rates.append(
            [group['lr'] for optimizer in trainer.optimizers for group in optimizer.param_groups]
        )

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        states = [state for optimizer in trainer.optimizers for state in optimizer.state.values()]
        self.remembered.append({int(state['step']) for state in states})


def staged(name: str, **options: Any) -> AdaptationModule:
    return module(make(name), optimizer=torch.optim.Adam, lr_schedule=Linear(1, 0), **options)


def test_the_staged_methods_are_found() -> None:
    assert {'SHOT', 'NRC', 'TENT', 'ADDA', 'DIRTT'} <= set(STAGED)


@pytest.mark.parametrize('name', STAGED)
def test_the_second_stage_begins_without_moments_and_at_the_initial_rate(name: str) -> None:
    model, watch = staged(name), Optimizers()
    fit(model, epochs=4, callbacks=[watch])
    begins = model.stage_begins(STEPS)
    assert 0 < begins < STEPS
    # a head that no step of the second stage trains is not among them
    assert [max(steps) for steps in watch.remembered] == [
        *range(1, begins + 1),
        *range(1, STEPS - begins + 1),
    ]
    factors = [1 - step / begins for step in range(begins)]
    factors += [1 - step / (STEPS - begins) for step in range(STEPS - begins)]
    for rates, factor in zip(watch.rates, factors, strict=True):
        assert rates == pytest.approx([factor * rate for rate in watch.rates[0]], abs=1e-12)


@pytest.mark.parametrize('name', STAGED)
def test_a_run_stopped_within_either_stage_or_between_them_ends_with_the_same_weights(
    name: str, tmp_path: Path
) -> None:
    whole = staged(name)
    fit(whole, epochs=4, callbacks=[SaveInside(tmp_path / f'{step}.ckpt', step) for step in range(1, STEPS)])
    begins = whole.stage_begins(STEPS)
    for step in (begins - 3, begins, begins + 3):
        continued = staged(name, seed=5)
        fit(continued, epochs=4, ckpt_path=tmp_path / f'{step}.ckpt', weights_only=True)
        assert same_weights(whole, continued), step
