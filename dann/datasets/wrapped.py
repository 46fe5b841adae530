"""A domain around another one, whose answers a subclass changes."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dann.datasets.base import DomainDataset
from dann.datasets.images import Images


class WrappedDomain(DomainDataset):
    """Answers as the domain inside does. A subclass changes some of the answers.

    Attributes that only the class of the inner domain has, such as the folder of a stored one, are found as well.

    Args:
        inner: The domain.
    """

    listed: ClassVar[bool] = False

    def __init__(self, inner: DomainDataset) -> None:
        self.inner = inner
        self.name, self.classes = inner.name, inner.classes

    def __getattr__(self, name: str) -> Any:
        if name == 'inner':  # a copy that is being made has none yet
            raise AttributeError(name)
        return getattr(self.inner, name)

    @property
    def metric(self) -> Any:  # type: ignore[override]
        """What published figures count."""
        return self.inner.metric

    @property
    def labelled(self) -> bool:
        """Whether the samples have labels."""
        return self.inner.labelled

    @property
    def drawn(self) -> bool:
        """Whether the test split is drawn by a seed."""
        return self.inner.drawn

    @property
    def advice(self) -> str:
        """The next step that an error about the data ends with."""
        return self.inner.advice

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Shape of a sample."""
        return self.inner.image_shape

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features of a vector."""
        return self.inner.feature_names

    @property
    def origin_names(self) -> tuple[str, ...]:
        """Names of the domains that it is put together from."""
        return self.inner.origin_names

    def origins(self, split: str) -> Tensor | None:
        """Return which of these domains each sample of a split is from."""
        return self.inner.origins(split)

    @property
    def group_names(self) -> tuple[str, ...]:
        """Names of the groups."""
        return self.inner.group_names

    def prepare(self) -> None:
        """Put the domain on disk."""
        self.inner.prepare()

    def images(self, split: str) -> Images:
        """Return the images of a split."""
        return self.inner.images(split)

    def labels(self, split: str) -> Tensor:
        """Return the classes of a split."""
        return self.inner.labels(split)

    def groups(self, split: str) -> Tensor:
        """Return the groups of a split's samples."""
        return self.inner.groups(split)

    def ids(self, split: str) -> list[str]:
        """Return the ids of a split."""
        return self.inner.ids(split)

    def names(self, split: str) -> list[str]:
        """Return the names of a split's samples."""
        return self.inner.names(split)

    def contact_sheet(self) -> dict[str, NDArray[np.uint8]]:
        """Return the domain's example images."""
        return self.inner.contact_sheet()

    def manifest(self) -> dict[str, Any]:
        """Return the domain's manifest."""
        return self.inner.manifest()
