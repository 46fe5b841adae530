"""The target's test images that a job gets most wrong, kept small so that the report can show them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from dann.core.views import View
from dann.datasets.augment import Augment
from dann.datasets.images import Images
from dann.datasets.loading import evaluated

NAME = 'mistakes.npz'
PER_CLASS, MOST_CLASSES, SIDE = 4, 16, 64


def keep_mistakes(folder: Path, view: View, labels: Tensor, images: Images, augment: Augment) -> None:
    """Write ``mistakes.npz``: images, their places in the test split, true and predicted classes, and confidences.

    Nothing is written where samples are no images.

    Args:
        folder: The job's folder.
        view: Of the target's test split.
        labels: Of the same, shape ``(N,)``, as the evaluator holds them.
        images: Of the same.
        augment: Says how images are evaluated.
    """
    if images.dtype != torch.uint8:
        return
    index = most_wrong(view.probabilities, labels)
    confidence, predicted = view.probabilities[index].max(dim=1)
    np.savez_compressed(
        folder / NAME,
        images=thumbnails(evaluated(images[index], augment)).numpy(),
        index=index.numpy(),
        true=labels[index].numpy(),
        predicted=predicted.numpy(),
        confidence=confidence.numpy(),
    )


def most_wrong(probabilities: Tensor, labels: Tensor) -> Tensor:
    """Return the places of a few mistakes of each class, the most confident first, class by class.

    Args:
        probabilities: Shape ``(N, C)``.
        labels: Shape ``(N,)``.

    Returns:
        Of many classes only the places of those with the most mistakes.
    """
    confidence, predicted = probabilities.max(dim=1)
    wrong = predicted != labels
    counts = labels[wrong].bincount(minlength=probabilities.shape[1])
    shown = counts.argsort(descending=True, stable=True)[:MOST_CLASSES].sort().values
    found = [*_worst(confidence, wrong, labels, shown.tolist())]
    return torch.cat(found) if found else torch.empty(0, dtype=torch.long)


def _worst(confidence: Tensor, wrong: Tensor, labels: Tensor, classes: list[int]) -> Iterator[Tensor]:
    for label in classes:
        own = (wrong & (labels == label)).nonzero().flatten()
        yield own[confidence[own].argsort(descending=True, stable=True)[:PER_CLASS]]


def thumbnails(images: Tensor) -> Tensor:
    """Return images ``(B, C, H, W)`` in [0, 1] as uint8, brought to at most ``SIDE`` pixels a side."""
    longest = max(images.shape[2:])
    if longest > SIDE and len(images):
        height, width = (max(1, round(side * SIDE / longest)) for side in images.shape[2:])
        images = F.interpolate(
            images, size=(height, width), mode='bilinear', antialias=True, align_corners=False
        )
    return (255 * images).round().clamp(0, 255).byte()
