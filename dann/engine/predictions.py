"""Writes the predictions of ``dann predict``."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import BasePredictionWriter

from dann.datasets.pair import DomainPair


class PredictionWriter(BasePredictionWriter):
    """Writes ``predictions.csv`` into the trainer's root folder: sample, class and its probability."""

    def __init__(self) -> None:
        super().__init__('epoch')

    def write_on_epoch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        predictions: Sequence[Any],
        batch_indices: Sequence[Any],
    ) -> None:
        """Write one row for each image of the target's ``predicted`` splits."""
        pair = trainer.datamodule  # type: ignore[attr-defined]
        assert isinstance(pair, DomainPair)
        # one list a loader, or the batches of the only one
        batches = [batch for part in predictions for batch in (part if isinstance(part, list) else [part])]
        confidence, classes = torch.cat(batches).max(dim=1)
        names = [name for split in pair.predicted for name in pair.target.names(split)]
        path = Path(trainer.default_root_dir) / 'predictions.csv'
        with path.open('w', newline='') as file:
            writer = csv.writer(file)
            writer.writerow(['sample', 'class', 'probability'])
            for name, index, value in zip(names, classes.tolist(), confidence.tolist(), strict=True):
                writer.writerow([name, pair.target.classes[index], f'{value:.4f}'])
        trainer.print(f'predictions of {len(classes)} images: {path}')
