"""Each step's randomness follows from seed and step, and only a training saves its configuration."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.cli import LightningArgumentParser
from pytorch_lightning.loggers import CSVLogger, WandbLogger
from training import fit, module, pair

from dann.engine.callbacks import SaveRunConfig
from dann.engine.resuming import KEY, OF_TRAINER


class Draws(pl.Callback):
    """Notes a random number at every step, and draws as many more as asked for."""

    def __init__(self, more: int) -> None:
        self.more = more
        self.seen: list[float] = []

    def on_train_batch_start(self, trainer: pl.Trainer, *_: Any) -> None:
        self.seen.append(torch.rand(()).item())
        torch.rand(self.more)


def drawn(seed: int = 0, more: int = 0) -> list[float]:
    draws = Draws(more)
    fit(module(), pair(seed=seed), epochs=2, callbacks=[draws])
    return draws.seen


def test_a_steps_numbers_depend_on_seed_and_step_and_not_on_what_was_drawn_before() -> None:
    numbers = drawn()
    assert len(set(numbers)) == 10
    assert drawn(more=7) == numbers
    assert not set(drawn(seed=1)) & set(numbers)


@pytest.mark.parametrize(('stage', 'saved'), [('fit', True), ('validate', False), ('predict', False)])
def test_the_configuration_is_saved_by_a_training_alone(
    stage: str, saved: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(
        'pytorch_lightning.cli.SaveConfigCallback.setup',
        lambda self, trainer, model, stage: calls.append(stage),
    )
    anything: Any = None
    SaveRunConfig(anything, anything).setup(anything, anything, stage)
    assert calls == ([stage] if saved else [])


def test_a_checkpoint_says_what_was_asked_for() -> None:
    parser = LightningArgumentParser()
    for name in ('seed_everything', 'model', 'data', 'trainer.precision', 'trainer.max_epochs'):
        parser.add_argument(f'--{name}')
    checkpoint: dict[str, Any] = {}
    config = parser.parse_object({'seed_everything': '3', 'trainer': {'max_epochs': '4'}})
    anything: Any = None
    SaveRunConfig(parser, config).on_save_checkpoint(anything, anything, checkpoint)
    trainer = dict.fromkeys(OF_TRAINER)
    expected = {'seed_everything': '3', 'model': None, 'data': None, 'trainer': trainer}
    assert checkpoint == {KEY: expected}


def test_wandb_has_the_configuration_too() -> None:
    given: list[Any] = []

    class Noted(WandbLogger):
        def __init__(self) -> None:
            pass

        def log_hyperparams(self, params: Any) -> None:
            given.append(params)

    parser: Any = SimpleNamespace(
        dump=lambda config, skip_unset: f'model: {{alignment: {config}, style: null}}' * (not skip_unset)
    )
    trainer: Any = SimpleNamespace(loggers=[Noted(), CSVLogger('')])
    nothing: Any = None
    SaveRunConfig(parser, cast(Any, 'DANN')).save_config(trainer, nothing, 'fit')
    assert given == [{'model': {'alignment': 'DANN', 'style': None}}]
