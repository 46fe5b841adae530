"""What a domain is: images, and labels apart from them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

SPLITS = ('train', 'val', 'test')


class DomainDataset(ABC):
    """One domain: its facts, and access to images and labels that never mixes the two.

    Images and labels are separate calls on separate files, so that the path which must not know a label does
    not open the file that holds it.
    """

    classes: ClassVar[tuple[str, ...]]
    name: str

    @abstractmethod
    def prepare(self) -> None:
        """Put the domain on disk; return at once if it is there."""

    @abstractmethod
    def images(self, split: str) -> Tensor:
        """Return uint8 images, shape ``(N, C, H, W)``, of ``train``, ``val`` or ``test``."""

    @abstractmethod
    def labels(self, split: str) -> Tensor:
        """Return classes, shape ``(N,)``, in the order of ``images``."""

    @abstractmethod
    def ids(self, split: str) -> list[str]:
        """Return one name per sample, in the order of ``images``, that no sample of another split shares."""

    def contact_sheet(self) -> dict[str, NDArray[np.uint8]]:
        """Return named rows of images ``(N, C, H, W)`` that show the domain beside its siblings, if any do."""
        return {}

    @abstractmethod
    def manifest(self) -> dict[str, Any]:
        """Return counts per class and split, the files' sha256, and the options that made them."""
