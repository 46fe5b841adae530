"""The only holder of target labels."""

from __future__ import annotations

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchmetrics.functional.classification import multiclass_accuracy, multiclass_confusion_matrix

from dann.datasets.pair import DomainPair
from dann.views import View

SHOWN = ('val/source_accuracy', 'val/infomax', 'oracle/target_')


class Evaluator(pl.Callback):
    """Compares predictions on the target's validation and test splits with their labels.

    It stands outside the module, reads the labels itself, and names all that it finds ``oracle/...``. Nothing
    flows back: its scores reach loggers and records, and never ``trainer.callback_metrics``, so no checkpoint
    or early stopping can monitor them. Where the target has no labels it says so once, and finds nothing.
    """

    def __init__(self) -> None:
        self.labels: dict[str, Tensor] = {}
        self.scores: dict[str, float] = {}
        self.blind = False

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Read the labels of the target's validation and test splits."""
        pair = trainer.datamodule  # type: ignore[attr-defined]
        if not isinstance(pair, DomainPair) or stage == 'predict':
            return
        self.blind = not pair.target.labelled
        if self.blind:
            trainer.print(f'{pair.target.name} has no labels: no oracle scores')
        else:
            self.labels = {split: pair.target.labels(split) for split in ('val', 'test')}

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Score the predictions that the module has just made."""
        if trainer.sanity_checking or not (self.labels or self.blind):
            return
        views: dict[str, View] = pl_module.splits  # type: ignore[assignment]
        self.scores = {} if self.blind else self.evaluate(views)
        step = trainer.fit_loop.epoch_loop.total_batch_idx + 1
        for logger in trainer.loggers:
            logger.log_metrics(self.scores, step=step)
        if trainer.progress_bar_callback is not None:
            scores = {name: float(value) for name, value in trainer.callback_metrics.items()} | self.scores
            shown = [f'{name} {value:.3f}' for name, value in scores.items() if name.startswith(SHOWN)]
            trainer.print('  '.join([f'step {step}', *shown] if trainer.training else shown))

    def on_test_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Do as in validation."""
        self.on_validation_end(trainer, pl_module)

    def evaluate(self, views: dict[str, View]) -> dict[str, float]:
        """Return accuracies on both splits, and the mean over classes on the test split."""
        val, test = views['target_val'], views['target_test']
        classes = test.logits.shape[1]
        return {
            'oracle/target_val_accuracy': _accuracy(val.predictions, self.labels['val'], classes, 'micro'),
            'oracle/target_test_accuracy': _accuracy(test.predictions, self.labels['test'], classes, 'micro'),
            'oracle/target_test_class_accuracy': _accuracy(
                test.predictions, self.labels['test'], classes, 'macro'
            ),
        }

    def confusion(self, view: View) -> NDArray[np.int64]:
        """Return counts on the test split, shape ``(C, C)``, true classes in rows."""
        counts = multiclass_confusion_matrix(view.predictions, self.labels['test'], view.logits.shape[1])
        table: NDArray[np.int64] = counts.numpy()
        return table


def _accuracy(predictions: Tensor, labels: Tensor, classes: int, average: str) -> float:
    with torch.no_grad():
        return float(multiclass_accuracy(predictions, labels, classes, average=average))  # type: ignore[arg-type]
