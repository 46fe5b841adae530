"""What a domain is: images, feature vectors or series, and labels apart from them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dann.core.errors import UserError
from dann.core.frozen import freeze_tables
from dann.core.groups import ungrouped
from dann.datasets.images import Images

SPLITS = ('train', 'val', 'test')


class DomainDataset(ABC):
    """One domain: its facts, and access to images and labels that never mixes the two.

    Images and labels are separate calls on separate files, so that the path which must not know a label does
    not open the file that holds it. ``metric`` is what figures published on the data set count.
    """

    classes: tuple[str, ...]  # of the class where they are published, of the instance for the user's own data
    name: str
    metric: ClassVar[Literal['accuracy', 'mean class accuracy']] = 'accuracy'

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        freeze_tables(cls)

    @property
    def labelled(self) -> bool:
        """Whether the samples have labels at all."""
        return True

    @property
    def drawn(self) -> bool:
        """Whether the test split is drawn by an option ``seed``, and not published."""
        return False

    @property
    def advice(self) -> str:
        """The next step that an error about the data ends with; empty where there is none but the error's own."""
        return ''

    @abstractmethod
    def prepare(self) -> None:
        """Put the domain on disk; return at once if it is there."""

    @abstractmethod
    def images(self, split: str) -> Images:
        """Return uint8 images, shape ``(N, C, H, W)``, of ``train``, ``val`` or ``test``.

        Features are float32 instead, shape ``(N, D)``, and series ``(N, C, T)``. They are a tensor, or
        ``LazyImages`` where they are too many to be held.
        """

    @property
    def origin_names(self) -> tuple[str, ...]:
        """Names of the domains that this one is put together from; its own where it is one."""
        return (self.name,)

    def origins(self, split: str) -> Tensor | None:
        """Return which of these domains each sample of a split is from, shape ``(N,)``; ``None`` for one domain."""
        return None

    def within(self, split: str) -> tuple[Images, Tensor] | None:
        """Return all images of the domain and the positions ``(N,)`` of a split's among them.

        Their order is the same however they are divided into splits. ``None`` where only splits are kept.
        """
        return None

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Channels, height and width of an image; ``(D,)`` of a feature vector, ``(C, T)`` of a series.

        A domain of images that knows its ``size`` says so without being put on disk.
        """
        size = getattr(self, 'size', None)
        if isinstance(size, int):
            return 3, size, size
        self.prepare()
        return tuple(self.images('train').shape[1:])

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features of a vector, in order; empty where they have none."""
        return ()

    @abstractmethod
    def labels(self, split: str) -> Tensor:
        """Return classes, shape ``(N,)``, in the order of ``images``."""

    @property
    def group_names(self) -> tuple[str, ...]:
        """Names of the groups that the samples belong to, such as cameras or skin types; empty where there are none."""
        return ()

    def groups(self, split: str) -> Tensor:
        """Return places in ``group_names``, shape ``(N,)``, in the order of ``images``.

        Like labels they are in files of their own: those of a target are the evaluator's alone.

        Raises:
            UserError: The domain has no groups.
        """
        raise UserError(ungrouped(self.name))

    @abstractmethod
    def ids(self, split: str) -> list[str]:
        """Return one name per sample, in the order of ``images``, that no sample of another split shares."""

    def names(self, split: str) -> list[str]:
        """Return what a reader would call each sample, its file for example, in the order of ``images``.

        A name may tell the class, as a file's folder does: it is for messages and predictions, not for training.
        """
        return self.ids(split)

    def contact_sheet(self) -> dict[str, NDArray[np.uint8]]:
        """Return named rows of images ``(N, C, H, W)`` that show the domain beside its siblings, if any do."""
        return {}

    @abstractmethod
    def manifest(self) -> dict[str, Any]:
        """Return counts per class and split, the files' sha256, and the options that made them."""


def unlabelled(name: str) -> str:
    """Return what to answer where the labels of a domain without any are asked for."""
    return (
        f'{name} has no labels; it can only be the target, of `dann fit`, `dann predict` or `dann benchmark`, '
        'whose accuracy is then estimated and not measured'
    )
