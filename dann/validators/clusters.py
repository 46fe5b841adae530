"""K-means from the means of predicted classes."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

MAX_ITERATIONS = 100


def class_means(features: Tensor, predictions: Tensor, classes: int) -> Tensor:
    """Mean feature of each predicted class, shape ``(C, D)``; zero for a class that is never predicted.

    Args:
        features: Shape ``(N, D)``.
        predictions: Predicted classes, shape ``(N,)``.
        classes: Their number, C.
    """
    totals = torch.zeros(classes, features.shape[1], dtype=torch.float64)
    totals.index_add_(0, predictions, features.double())
    counts = predictions.bincount(minlength=classes).clamp(min=1)
    return (totals / counts[:, None]).to(features.dtype)


def clusters(features: Tensor, predictions: Tensor, classes: int) -> NDArray[Any] | None:
    """Clusters ``(N,)`` that Lloyd's algorithm finds from the :func:`class_means`, one run; C at most.

    Where there are fewer samples than classes, only those that are predicted start a cluster. ``None`` where these
    are as many as the samples, or a feature is not finite.
    """
    if len(features) < classes:
        present, predictions = torch.unique(predictions, return_inverse=True)
        classes = len(present)
    if len(features) <= classes or not features.isfinite().all():
        return None
    from sklearn.cluster import KMeans

    start = class_means(features, predictions, classes).numpy()
    means = KMeans(classes, init=start, n_init=1, max_iter=MAX_ITERATIONS, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # fewer distinct points than clusters: the score says so
        labels: NDArray[Any] = means.fit(features.numpy()).labels_
    return labels
