"""How far apart the domains are class by class, the target's classes being predicted ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dann.shift.a_distance import proxy_a_distance
from dann.shift.arrays import two_domains
from dann.shift.domain_classifier import FOLDS
from dann.shift.mmd import unbiased_mmd

Classes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ClassGap:
    """One class: source samples of the class against target samples predicted as the class.

    Args:
        name: Of the class.
        source: Samples of the source.
        target: Samples of the target that are predicted to be of the class.
        a_distance: Proxy A-distance; ``None`` where either has too few samples.
        mmd: Unbiased squared MMD; likewise.
    """

    name: str
    source: int
    target: int
    a_distance: float | None
    mmd: float | None


def class_gaps(
    source: ArrayLike,
    labels: Classes,
    target: ArrayLike,
    predicted: Classes,
    names: Sequence[str],
    *,
    seed: int = 0,
) -> list[ClassGap]:
    """Distances within each class.

    A target sample belongs to the class that it is predicted to be of. That choice is made on the same features,
    so a distance here says nothing about chance, and a wrong prediction puts a sample into the wrong class.

    Args:
        source: Features, shape ``(Ns, D)``.
        labels: Classes of the source, shape ``(Ns,)``.
        target: Features, shape ``(Nt, D)``.
        predicted: Predicted classes of the target, shape ``(Nt,)``.
        names: Of the classes, in the order of the labels.
        seed: Of the cross-validation.
    """
    left, right = two_domains(source, target)
    return [
        _one(name, left[labels == index], right[predicted == index], seed) for index, name in enumerate(names)
    ]


def _one(name: str, source: Any, target: Any, seed: int) -> ClassGap:
    sizes = len(source), len(target)
    if min(sizes) < 2 * FOLDS:
        return ClassGap(name, *sizes, None, None)
    return ClassGap(
        name, *sizes, proxy_a_distance(source, target, seed=seed).value, unbiased_mmd(source, target)
    )


def cross_predicted(
    source: ArrayLike, labels: Classes, target: ArrayLike, *, seed: int = 0
) -> tuple[Classes, Classes] | None:
    """Predicted classes of both domains by logistic regression on the source's labels.

    A source sample is predicted by a classifier that has not seen it; the target by one that has seen all of the
    source.

    Args:
        source: Features, shape ``(Ns, D)``.
        labels: Classes of the source, shape ``(Ns,)``.
        target: Features, shape ``(Nt, D)``.
        seed: Of the cross-fitting.

    Returns:
        Shapes ``(Ns,)`` and ``(Nt,)``; ``None`` where the source has too few samples or too few classes.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import KFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    left, right = two_domains(source, target)
    if len(left) < 2 * FOLDS:
        return None
    parts = list(KFold(FOLDS, shuffle=True, random_state=seed).split(left))
    if any(len(np.unique(labels[known])) < 2 for known, _ in parts):
        return None
    held_out = np.empty(len(left), np.int64)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))
    for known, held in parts:
        held_out[held] = model.fit(left[known], labels[known]).predict(left[held])
    return held_out, np.asarray(model.fit(left, labels).predict(right), np.int64)
