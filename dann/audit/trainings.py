"""The short trainings of one row: all alike, except for at most one change each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from dann.audit.plain import plain_state
from dann.audit.tapped import TappedModule, tapped
from dann.audit.weights import State, snapshot
from dann.datasets.pair import DomainPair
from dann.datasets.storage.made_once import made_anew
from dann.engine.callbacks import Reproducible
from dann.engine.evaluation import Evaluator
from dann.engine.experiment import ExperimentCLI
from dann.engine.pretraining import KIND

QUIET = {
    'enable_progress_bar': False,
    'enable_model_summary': False,
    'enable_checkpointing': False,
    'logger': False,
}
INTERVALS = 4
STAGE = 10  # steps of a first stage

Change = Callable[[TappedModule], None]


@dataclass(frozen=True, slots=True)
class Trained:
    """The result of a training.

    Args:
        module: At its end.
        before: All parameters and buffers as they were built.
        after: The same at the end.
        plain: Numbers at the end that no state dict holds, by path.
    """

    module: TappedModule
    before: State
    after: State
    plain: dict[str, Any]


class Trainings:
    """Builds the module of a configuration anew and trains it for a few steps, on the CPU.

    Args:
        config: Of a run.
        pair: A small pair, set up.
    """

    def __init__(self, config: dict[str, Any], pair: DomainPair) -> None:
        self.config, self.pair = config, pair
        self.seed = int(config['seed_everything'])

    @property
    def steps(self) -> int:
        """Training steps of each."""
        return INTERVALS * self.pair.steps_per_epoch

    @cached_property
    def untrained(self) -> TappedModule:
        """A module as the command line builds it, with a tap on its terms."""
        return tapped(build_run(self.config).model)

    def build(self, *, anew: bool) -> TappedModule:
        """Return an untrained module: built from the configuration, or a copy of one that was, which is faster."""
        if not anew:
            try:
                return deepcopy(self.untrained)
            except (
                TypeError,
                RuntimeError,
            ):  # it holds what cannot be copied, such as a generator of numbers
                pass
        return tapped(build_run(self.config).model)

    def fit(
        self,
        *,
        anew: bool = False,
        change: Change | None = None,
        pair: DomainPair | None = None,
        callbacks: Sequence[pl.Callback] = (),
        resume: Path | None = None,
    ) -> Trained:
        """Train a new module.

        Args:
            anew: Whether the module is built from the configuration once more.
            change: Applied to it first.
            pair: Replaces the row's data.
            callbacks: In addition to those of every run.
            resume: Checkpoint to go on from.
        """
        module = self.build(anew=anew)
        if change is not None:
            change(module)
        before, data = snapshot(module), pair or self.pair
        pl.seed_everything(self.seed, verbose=False)
        _shorten(module, data)
        trainer = self._trainer(data, callbacks)
        with made_anew(KIND):  # a first stage that another training left would hide what this one makes of it
            trainer.fit(module, data, ckpt_path=resume, weights_only=True)
        return Trained(module, before, snapshot(module), plain_state(module))

    def _trainer(self, pair: DomainPair, callbacks: Sequence[pl.Callback]) -> pl.Trainer:
        evaluator = (
            [Evaluator()] if pair.target.labelled else []
        )  # without target labels it would warn in every run
        options: dict[str, Any] = QUIET | self.config['trainer']
        return pl.Trainer(
            max_epochs=INTERVALS,
            accelerator='cpu',
            devices=1,
            num_sanity_val_steps=0,
            callbacks=[Reproducible(), *evaluator, *callbacks],
            **options,
        )


def _shorten(module: TappedModule, pair: DomainPair) -> None:
    """Let a first stage take few steps, on batches no larger than the data."""
    stage = module.pretraining
    if stage is not None:
        images = sum(len(pair.images[domain, 'train']) for domain in ('source', 'target'))
        stage.steps, stage.batch_size = min(stage.steps, STAGE), min(stage.batch_size, images)


def build_run(config: dict[str, Any]) -> Any:
    """Return an object with the ``model`` and the ``datamodule`` of a run's configuration.

    They are built as the command line builds them, but the model has no validators.
    """
    cli = ExperimentCLI(config | {'trainer': {**config['trainer'], **QUIET}}, run=False)
    cli.model.validators = []
    return cli


def chain(*changes: Change) -> Change:
    """Return the change that makes all of ``changes``, one after the other."""

    def change(module: TappedModule) -> None:
        for each in changes:
            each(module)

    return change


class Saver(pl.Callback):
    """Saves a checkpoint half-way.

    Args:
        path: Where.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Save after half of the intervals."""
        if trainer.current_epoch + 1 == INTERVALS // 2:
            trainer.save_checkpoint(self.path)


class HeldNorms(pl.Callback):
    """Normalises by running statistics in training too, so that no image acts on another through batch norm."""

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Put every batch norm into evaluation mode."""
        for part in pl_module.modules():
            if isinstance(part, _BatchNorm):
                part.eval()


def cast_batch(batch: Any, dtype: torch.dtype) -> Any:
    """Return a batch with its floating-point tensors in ``dtype``."""
    if isinstance(batch, Tensor):
        return batch.to(dtype) if batch.is_floating_point() else batch
    if isinstance(batch, dict):
        return {key: cast_batch(value, dtype) for key, value in batch.items()}
    return (
        type(batch)(cast_batch(value, dtype) for value in batch)
        if isinstance(batch, (list, tuple))
        else batch
    )
