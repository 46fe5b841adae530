"""Callbacks of every training run: saved configuration, and randomness that a resumed run repeats."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl
import yaml
from pytorch_lightning.cli import LightningArgumentParser, SaveConfigCallback
from pytorch_lightning.loggers import WandbLogger

from dann.core.shareable import shareable
from dann.engine.resuming import KEY, compared
from dann.engine.seeding import seed_torch


class SaveRunConfig(SaveConfigCallback):
    """Saves the configuration of a training run, but not of validation, test or prediction."""

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Save ``config.yaml`` in the folder of the run's logs."""
        if stage == 'fit':
            super().setup(trainer, pl_module, stage)

    def save_config(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Hand the configuration to wandb too."""
        for logger in trainer.loggers:
            if isinstance(logger, WandbLogger):
                logger.log_hyperparams(shareable(plain(self.parser, self.config)))

    def on_save_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Say in the checkpoint what was asked for, so that a run goes on with the same."""
        checkpoint[KEY] = compared(plain(self.parser, self.config))


def plain(parser: LightningArgumentParser, config: Any) -> dict[str, Any]:
    """Return a run's configuration in the values that ``config.yaml`` holds."""
    values: dict[str, Any] = yaml.safe_load(parser.dump(config, skip_unset=False))
    return values


class Reproducible(pl.Callback):
    """Makes the randomness of each step a function of seed and step, so that a resumed run repeats it."""

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Seed torch for this step."""
        seed: int = trainer.datamodule.seed  # type: ignore[attr-defined]
        of_step = seed * 1_000_003 + trainer.fit_loop.epoch_loop.total_batch_idx
        seed_torch(of_step, pl_module.device)
