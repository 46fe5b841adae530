"""Accuracy on labels: those held out of the trial, and those of the test split after full training."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from statistics import fmean

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dann.advising.options import HEAD
from dann.advising.trial import Asked
from dann.benchmarks.results.opened import Results
from dann.datasets.base import DomainDataset
from dann.datasets.few_labels import draw_more, draw_shots
from dann.datasets.images import chosen
from dann.engine.evaluation import accuracy_on_test
from dann.engine.trained import TrainedModel, load
from dann.reporting.notation import BASELINE

ITERATIONS = 1000


class Head:
    """A linear classifier on the features of a trained network: multinomial logistic regression of scikit-learn.

    Args:
        model: The network, which stays as it is.
        samples: As they are stored, shape ``(N, ...)``.
        labels: Their classes, shape ``(N,)``.
    """

    def __init__(self, model: TrainedModel, samples: Tensor, labels: Tensor) -> None:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        self.model = model
        self.fitted = make_pipeline(StandardScaler(), LogisticRegression(max_iter=ITERATIONS))
        self.fitted.fit(model.features(samples), labels.numpy())

    def predict(self, samples: Tensor) -> NDArray[np.int64]:
        """Return classes, shape ``(N,)``."""
        found: NDArray[np.int64] = self.fitted.predict(self.model.features(samples))
        return found


def held_out(folder: Path, asked: Asked, targets: Mapping[int, DomainDataset]) -> dict[str, float]:
    """Return the accuracy of every option with labels, and of those without, on labels held out of the trial.

    Args:
        folder: Of the trial.
        asked: What is compared; some labels are held out.
        targets: The target of each seed.
    """
    shots, found = asked.labels - asked.held, dict[str, list[float]]()
    for (row, seed), model in _models(folder).items():
        target = targets[seed]
        places, labels = draw_more(target, shots, asked.held, seed)
        samples = _samples(target, places)
        right = model.predict_proba(samples).argmax(axis=1) == labels.numpy()
        found.setdefault(row, []).append(float(right.mean()))
        if row == BASELINE:
            right = _head(model, target, shots, seed).predict(samples) == labels.numpy()
            found.setdefault(HEAD, []).append(float(right.mean()))
    return {row: fmean(each) for row, each in found.items()}


def heads_on_test(folder: Path, asked: Asked, targets: Mapping[int, DomainDataset]) -> dict[int, float]:
    """Return the test accuracy, by seed, of new heads on the source networks of full training."""
    found = {}
    for (row, seed), model in _models(folder).items():
        if row == BASELINE:
            target = targets[seed]
            samples = target.images('test')[:]
            predicted = _head(model, target, asked.labels, seed).predict(samples)
            found[seed] = accuracy_on_test(target, torch.from_numpy(predicted))
    return found


def _head(model: TrainedModel, target: DomainDataset, shots: int, seed: int) -> Head:
    places, labels = draw_shots(target, shots, seed)
    return Head(model, _samples(target, places), labels)


def _samples(target: DomainDataset, places: Tensor) -> Tensor:
    return chosen(target.images('train'), places)[:]


def _models(folder: Path) -> dict[tuple[str, int], TrainedModel]:
    jobs = {
        (records[0]['method'], records[0]['seed']): job for job, records in Results.open(folder).jobs.items()
    }
    return {key: load(job) for key, job in jobs.items()}
