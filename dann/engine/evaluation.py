"""The only holder of target labels and target groups."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytorch_lightning as pl
from numpy.typing import NDArray
from pytorch_lightning.trainer.states import TrainerFn
from torch import Tensor
from torchmetrics.functional.classification import multiclass_confusion_matrix

from dann.core.shown import one_line
from dann.core.validator import Validator, estimators
from dann.core.views import View
from dann.datasets.base import DomainDataset
from dann.datasets.pair import DomainPair
from dann.datasets.unseen import part_of
from dann.engine.worst_classes import class_accuracies, worst_classes
from dann.stats.grouped import Grouped

Groups = tuple[tuple[str, ...], Tensor]  # names, and the place of each sample's
PREFIXES = {'target': 'oracle', 'source': 'source'}
SHOWN = ('val/source_accuracy', 'val/infomax', 'oracle/target_', 'oracle/unseen/')


class Evaluator(pl.Callback):
    """Compares predictions on the target's validation and test splits with their labels.

    It stands outside the module, reads the labels itself, and names all scores that it makes with them
    ``oracle/...``. Nothing flows back: in training its scores reach loggers and records, and never
    ``trainer.callback_metrics``, so no checkpoint or early stopping can monitor them. ``trainer.validate`` and
    ``trainer.test``, which train and select nothing, return them beside the others. Where the target has no labels it
    says so once, and computes the scores that estimate accuracy without any, each under its name as a validator,
    ``val/atc`` for example.

    ``oracle/target_test_accuracy``, which tables report, and ``oracle/target_val_accuracy`` follow the convention of
    the data set's published figures (its ``metric``): the share of samples that are right, or the mean of that share
    over classes. The test split's mean over classes is always recorded as ``oracle/target_test_class_accuracy``, and
    its share of samples as ``oracle/target_test_overall_accuracy`` where that is not the reported figure.

    ``source/test_accuracy`` is the same figure on the source's test split, whose images pass through the source's
    batch norm where each domain has its own. It reads no target label. Compared with that of source-only it says what
    adaptation has forgotten; the supervised reference, whose source is the target, has none.

    ``oracle/worst_class_accuracy`` is the accuracy of the class that fares worst on the target's test split, and of
    more than five classes ``oracle/worst_five_classes_accuracy`` the mean of the worst five.

    Where a domain has groups, ``oracle/group/NAME/accuracy`` and ``.../calibration_error`` are those of one group on
    the target's test split, ``oracle/group_worst_accuracy``, ``oracle/group_parity_difference`` and
    ``oracle/group_odds_difference`` those across groups; under ``source/`` stands the same of the source's.

    ``oracle/unseen/NAME/accuracy`` is the reported figure on the test split of a domain that no training sees. Its
    labels are read here alone, its images pass through the network as the target's do, and at every evaluation, so that
    a table shows it for the weights that its other columns are of; no rule chooses by it.
    """

    def __init__(self) -> None:
        self.labels: dict[str, Tensor] = {}
        self.scores: dict[str, float] = {}
        self.blind = False
        self.metric = 'accuracy'
        self.estimators: list[Validator] = []
        self.groups: dict[str, Groups] = {}
        self.unseen: dict[str, Tensor] = {}

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Read the labels of the target's validation and test splits, and the groups of the test split."""
        pair = trainer.datamodule  # type: ignore[attr-defined]
        if not isinstance(pair, DomainPair) or stage == 'predict':
            return
        self.blind, self.metric = not pair.target.labelled, pair.target.metric
        if self.blind:
            own = {rule.name for rule in getattr(pl_module, 'computed', ())}  # perhaps with options
            self.estimators = [rule for rule in estimators() if rule.name not in own]
            trainer.print(one_line(f'{pair.target.name} has no labels: no oracle scores'))
        else:
            self.labels = {split: pair.target.labels(split) for split in ('val', 'test')}
        self.groups = self._read_groups(pair)
        self.unseen = {part_of(domain): domain.labels('test') for domain in pair.unseen}

    def _read_groups(self, pair: DomainPair) -> dict[str, Groups]:
        """Return names and places of the groups of both domains' test splits, of those that have groups and labels."""
        found = {}
        if pair.target.group_names and not self.blind:
            found['target'] = pair.target.group_names, pair.target.groups('test')
        if 'test' in pair.groups:
            found['source'] = pair.source.group_names, pair.groups['test']
        return found

    def on_validation_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Outside training, make the scores a part of what ``trainer.validate`` and ``test`` return."""
        if trainer.state.fn in (TrainerFn.VALIDATING, TrainerFn.TESTING) and self._scores_anything:
            self.scores = self._scored(pl_module.join())  # type: ignore[operator]
            pl_module.log_dict(self.scores)

    def on_test_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Score the test predictions, as in validation."""
        self.on_validation_epoch_end(trainer, pl_module)

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """In training, score the predictions that the module has just made, for loggers and records alone."""
        training = trainer.state.fn == TrainerFn.FITTING and not trainer.sanity_checking
        if not (training and self._scores_anything):
            return
        self.scores = self._scored(pl_module.splits)  # type: ignore[arg-type]
        step = trainer.fit_loop.epoch_loop.total_batch_idx + 1
        for logger in trainer.loggers:
            logger.log_metrics(self.scores, step=step)
        if trainer.progress_bar_callback is not None:
            scores = {name: float(value) for name, value in trainer.callback_metrics.items()} | self.scores
            shown = [f'{name} {value:.3f}' for name, value in scores.items() if name.startswith(SHOWN)]
            trainer.print('  '.join([f'step {step}', *shown]))

    @property
    def _scores_anything(self) -> bool:
        return bool(self.labels or self.blind)

    def _scored(self, views: dict[str, View]) -> dict[str, float]:
        groups = {
            f'{PREFIXES[domain]}/{_score_name(name)}': value
            for domain, grouped in self.grouped(views).items()
            for name, value in grouped.figures.items()
        }
        judged = self.estimate(views) if self.blind else self.evaluate(views)
        return self.kept(views) | judged | groups | self.beyond(views)

    def evaluate(self, views: dict[str, View]) -> dict[str, float]:
        """Return the ``oracle/...`` scores of the views of ``target_val`` and ``target_test``."""
        reported = self._reported
        val, test = ((views[f'target_{split}'].predictions, self.labels[split]) for split in ('val', 'test'))
        scores = {
            'oracle/target_val_accuracy': reported(*val),
            'oracle/target_test_accuracy': reported(*test),
            'oracle/target_test_class_accuracy': class_accuracy(*test),
        } | worst_classes(*test)
        return (
            scores
            if reported is accuracy
            else scores | {'oracle/target_test_overall_accuracy': accuracy(*test)}
        )

    def estimate(self, views: dict[str, View]) -> dict[str, float]:
        """Return the estimates of accuracy on ``target_val``, which read no label but those of ``source_val``."""
        source, target = views['source_val'], views['target_val']
        return {f'val/{rule.name}': rule.score(source, target) for rule in self.estimators}

    def kept(self, views: dict[str, View]) -> dict[str, float]:
        """Return ``source/test_accuracy`` of the view of ``source_test``, or nothing where there is none."""
        view = views.get('source_test')
        if view is None or view.labels is None:
            return {}
        return {'source/test_accuracy': self._reported(view.predictions, view.labels)}

    def beyond(self, views: dict[str, View]) -> dict[str, float]:
        """Return ``oracle/unseen/NAME/accuracy`` of the views of all unseen domains."""
        return {
            f'oracle/{part}/accuracy': self._reported(views[part].predictions, labels)
            for part, labels in self.unseen.items()
        }

    def grouped(self, views: dict[str, View]) -> dict[str, Grouped]:
        """Return the predictions on the test splits of the domains that have groups, by domain."""
        found = {}
        for domain, (names, group) in self.groups.items():
            view = views[f'{domain}_test']
            labels = self.labels['test'] if domain == 'target' else view.labels
            assert labels is not None
            confidence, predicted = view.probabilities.max(dim=1)
            arrays = (labels, predicted, confidence.double(), group)
            found[domain] = Grouped(names, view.logits.shape[1], *(each.numpy() for each in arrays))
        return found

    @property
    def _reported(self) -> Callable[[Tensor, Tensor], float]:
        return accuracy if self.metric == 'accuracy' else class_accuracy

    def confusion(self, view: View) -> NDArray[np.int64]:
        """Return counts on the test split, shape ``(C, C)``, true classes in rows."""
        counts = multiclass_confusion_matrix(view.predictions, self.labels['test'], view.logits.shape[1])
        table: NDArray[np.int64] = counts.numpy()
        return table


def accuracy_on_test(target: DomainDataset, predictions: Tensor) -> float:
    """Return what the evaluator counts of predictions ``(N,)`` on a target's test split: its ``metric``."""
    counted = accuracy if target.metric == 'accuracy' else class_accuracy
    return counted(predictions, target.labels('test'))


def accuracy(predictions: Tensor, labels: Tensor) -> float:
    """Return the share of predictions ``(N,)`` that are the labels ``(N,)``."""
    return float((predictions == labels).double().mean())


def class_accuracy(predictions: Tensor, labels: Tensor) -> float:
    """Return the mean of the accuracies of each class that has samples."""
    found = class_accuracies(predictions, labels)
    return sum(found) / len(found)


def _score_name(figure: str) -> str:
    """Return the name of a score: ``group/dark/accuracy`` of one group, ``group_worst_accuracy`` of all of them."""
    return f'group/{figure}' if '/' in figure else f'group_{figure}'
