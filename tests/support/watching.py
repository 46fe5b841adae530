"""Callbacks that save inside a training and note what its batches hold."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytorch_lightning as pl


class Save(pl.Callback):
    """Saves the second epoch's checkpoint."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.current_epoch == 1:
            trainer.save_checkpoint(self.path)


class SaveInside(pl.Callback):
    """Saves a checkpoint inside an interval, as ModelCheckpoint does with `every_n_train_steps`."""

    def __init__(self, path: Path, step: int) -> None:
        self.path, self.step = path, step

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        if trainer.fit_loop.epoch_loop.total_batch_idx + 1 == self.step:
            trainer.save_checkpoint(self.path)


class Keys(pl.Callback):
    """Notes what each batch holds."""

    def __init__(self) -> None:
        self.seen: list[set[str]] = []

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, *_: Any
    ) -> None:
        self.seen.append(set(batch))


class Interrupt(pl.Callback):
    """Does what Ctrl-C does in a step, counted from 1."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_train_batch_start(self, trainer: pl.Trainer, *_: Any) -> None:
        if trainer.fit_loop.epoch_loop.total_batch_idx + 2 == self.step:
            raise KeyboardInterrupt


class Terminate(pl.Callback):
    """Sends this process SIGTERM in a step, counted from 1."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_train_batch_start(self, trainer: pl.Trainer, *_: Any) -> None:
        if trainer.fit_loop.epoch_loop.total_batch_idx + 2 == self.step:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)
