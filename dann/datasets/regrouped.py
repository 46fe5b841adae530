"""Domains whose splits are put together anew, for the transductive setting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from dann.datasets.base import SPLITS, DomainDataset
from dann.datasets.images import Images, joined
from dann.datasets.wrapped import WrappedDomain

Parts = Mapping[str, tuple[str, ...]]
EVERYTHING = dict.fromkeys(SPLITS, SPLITS)
ALL_BUT_VALIDATION = {'train': ('train', 'test'), 'val': ('val',), 'test': ('test',)}


class Regrouped(WrappedDomain):
    """Another domain each of whose splits is several of its own, one behind the other.

    Args:
        inner: The other domain.
        parts: Its splits that make up each split.
    """

    def __init__(self, inner: DomainDataset, parts: Parts) -> None:
        super().__init__(inner)
        self.parts = parts
        self._held: dict[tuple[str, ...], Images] = {}

    def images(self, split: str) -> Images:
        """Return the images of all parts of a split."""
        parts = self.parts[split]
        if parts not in self._held:  # splits of the same parts share their images
            self._held[parts] = joined([self.inner.images(part) for part in parts])
        return self._held[parts]

    def within(self, split: str) -> tuple[Images, Tensor] | None:
        """Return all images of the domain and the positions of a split's parts."""
        found = [self.inner.within(part) for part in self.parts[split]]
        known = [each for each in found if each is not None]
        return (known[0][0], torch.cat([places for _, places in known])) if len(known) == len(found) else None

    def origins(self, split: str) -> Tensor | None:
        """Return the domains that the samples of all parts of a split are from."""
        found = [self.inner.origins(part) for part in self.parts[split]]
        known = [each for each in found if each is not None]
        return torch.cat(known) if known else None

    def labels(self, split: str) -> Tensor:
        """Return the classes of all parts of a split."""
        return torch.cat([self.inner.labels(part) for part in self.parts[split]])

    def groups(self, split: str) -> Tensor:
        """Return the groups of all parts of a split."""
        return torch.cat([self.inner.groups(part) for part in self.parts[split]])

    def ids(self, split: str) -> list[str]:
        """Return the ids of all parts of a split."""
        return [name for part in self.parts[split] for name in self.inner.ids(part)]

    def names(self, split: str) -> list[str]:
        """Return the names of all parts of a split."""
        return [name for part in self.parts[split] for name in self.inner.names(part)]

    def manifest(self) -> dict[str, Any]:
        """Return the domain's manifest, with the parts of each split."""
        return self.inner.manifest() | {'parts': {split: list(parts) for split, parts in self.parts.items()}}


def transductive(source: DomainDataset, target: DomainDataset) -> tuple[Regrouped, Regrouped]:
    """Return a source that trains on all but its validation split, and a target all of which is every split.

    Reference:
        `Conditional Adversarial Domain Adaptation <https://arxiv.org/abs/1705.10667>`_ (Long et al., NeurIPS 2018),
        section 4.1: all labelled source and all unlabelled target examples are trained on, and the latter are scored.
        The validation split of the source is held out here, for scores that need labels of images not trained on.
    """
    return Regrouped(source, ALL_BUT_VALIDATION), Regrouped(target, EVERYTHING)
