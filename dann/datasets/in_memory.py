"""A domain that is an array in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from torch import Tensor

from dann.datasets.base import DomainDataset, unlabelled
from dann.datasets.images import Images

FEW = 2  # samples in splits that are there to be there


class InMemory(DomainDataset):
    """Samples that a caller holds, all of them in training: nothing is scored, validation and test are stand-ins.

    Args:
        name: Of the domain.
        samples: uint8 images ``(N, 3, H, W)``, or float32 features ``(N, D)`` or series ``(N, C, T)``; at least 2.
        classes: Their names.
        labels: Shape ``(N,)``; ``None`` for a domain without.
    """

    listed: ClassVar[bool] = False

    def __init__(
        self, name: str, samples: Tensor, classes: Sequence[str], labels: Tensor | None = None
    ) -> None:
        self.name, self.classes = name, tuple(classes)
        self._samples, self._labels = samples, labels

    @property
    def labelled(self) -> bool:
        """Whether labels were given."""
        return self._labels is not None

    def prepare(self) -> None:
        """Do nothing: all is there."""

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Shape of a sample."""
        return tuple(self._samples.shape[1:])

    def images(self, split: str) -> Images:
        """Return all samples in training, and two in each other split."""
        return self._samples if split == 'train' else self._samples[:FEW]

    def labels(self, split: str) -> Tensor:
        """Return the classes of a split's samples."""
        if self._labels is None:
            raise ValueError(unlabelled(self.name))
        return self._labels if split == 'train' else self._labels[:FEW]

    def ids(self, split: str) -> list[str]:
        """Return the place of each sample."""
        return [f'{self.name}/{split}/{row}' for row in range(len(self.images(split)))]

    def manifest(self) -> dict[str, Any]:
        """Return how many samples there are."""
        return {'counts': {'train': len(self._samples)}}
