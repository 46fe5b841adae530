"""Several labelled domains as one, for adaptation from many sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from dann.core.errors import UserError, check
from dann.core.groups import group_names as ordered_groups
from dann.core.groups import ungrouped
from dann.datasets.base import DomainDataset
from dann.datasets.images import Images, joined
from dann.datasets.pair_checks import validate_features


class Sources(DomainDataset):
    """The union of several domains: the combined source, of which every sample knows where it is from.

    As the source of a ``DomainPair`` each training batch holds as many samples of every domain, in
    ``batch['source_domain']`` the number of the domain that each is from. Methods of two domains take the union for
    their source; those of many sources read ``View.domains``. Where no domain has groups of its own, the domains are
    the groups, so that ``GroupDRO`` and the other options of ``fairness`` hold over the sources.

    Args:
        domains: At least two, with the same classes and samples of one shape.

    Raises:
        UserError: The domains do not fit together, or one is named twice.

    Example:
        >>> import torch
        >>> from dann.datasets.in_memory import InMemory
        >>> labels = torch.tensor([0, 1, 1])
        >>> day, dusk = (InMemory(name, torch.zeros(3, 2), ('car', 'van'), labels) for name in ('day', 'dusk'))
        >>> Sources([day, dusk]).name, Sources([day, dusk]).origins('train')
        ('day + dusk', tensor([0, 0, 0, 1, 1, 1]))
    """

    def __init__(self, domains: list[DomainDataset]) -> None:
        check(
            len(domains) > 1, f'expected `domains` of at least two, got {len(domains)}; name the one itself'
        )
        names = [each.name for each in domains]
        if len(set(names)) < len(names):
            raise UserError(f'expected different source domains, got {", ".join(names)}; name each once')
        for one, other in pairwise(domains):
            _check_classes(one, other)
        self.inner = list(domains)
        self.name, self.classes = ' + '.join(names), domains[0].classes

    @property
    def metric(self) -> Any:  # type: ignore[override]
        """What published figures of the first domain count."""
        return self.inner[0].metric

    @property
    def labelled(self) -> bool:
        """Whether all domains have labels."""
        return all(each.labelled for each in self.inner)

    @property
    def drawn(self) -> bool:
        """Whether some test split is drawn by a seed."""
        return any(each.drawn for each in self.inner)

    @property
    def advice(self) -> str:
        """The first domain's."""
        return self.inner[0].advice

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Shape of a sample of the first domain, which all must have."""
        return self.inner[0].image_shape

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features of a vector."""
        return self.inner[0].feature_names

    @property
    def origin_names(self) -> tuple[str, ...]:
        """Names of the domains."""
        return tuple(each.name for each in self.inner)

    def origins(self, split: str) -> Tensor:
        """Return which domain each sample of a split is from, shape ``(N,)``."""
        sizes = torch.tensor([len(each.ids(split)) for each in self.inner])
        return torch.arange(len(sizes)).repeat_interleave(sizes)

    @property
    def group_names(self) -> tuple[str, ...]:
        """Names of the groups of all domains; the domains themselves where none has any.

        Raises:
            UserError: Some have groups and others have none.
        """
        without = [each for each in self.inner if not each.group_names]
        if len(without) == len(self.inner):
            return self.origin_names
        if without:
            raise UserError(f'{ungrouped(without[0].name)}, as the other sources have it')
        return ordered_groups(name for each in self.inner for name in each.group_names)

    def groups(self, split: str) -> Tensor:
        """Return places in ``group_names``, domain after domain."""
        names = self.group_names
        if not self.inner[0].group_names:
            return self.origins(split)
        places = [torch.tensor([names.index(name) for name in each.group_names]) for each in self.inner]
        return torch.cat([own[each.groups(split)] for own, each in zip(places, self.inner, strict=True)])

    def prepare(self) -> None:
        """Put all domains on disk."""
        for each in self.inner:
            each.prepare()

    def images(self, split: str) -> Images:
        """Return the images of a split, domain after domain."""
        parts = [each.images(split) for each in self.inner]
        for (one, images), (other, more) in pairwise(zip(self.inner, parts, strict=True)):
            validate_features(one, other, images.shape, more.shape)
        return joined(parts)

    def within(self, split: str) -> tuple[Images, Tensor] | None:
        """Return all images of all domains and the positions of a split's among them."""
        found = [each.within(split) for each in self.inner]
        known = [each for each in found if each is not None]
        if len(known) < len(found):
            return None
        begins = torch.tensor([0, *(len(images) for images, _ in known)]).cumsum(0)
        places = [places + begin for (_, places), begin in zip(known, begins, strict=False)]
        return joined([images for images, _ in known]), torch.cat(places)

    def labels(self, split: str) -> Tensor:
        """Return the classes of a split, domain after domain."""
        return torch.cat([each.labels(split) for each in self.inner])

    def ids(self, split: str) -> list[str]:
        """Return the ids of a split, domain after domain."""
        return [name for each in self.inner for name in each.ids(split)]

    def names(self, split: str) -> list[str]:
        """Return the names of a split's samples, domain after domain."""
        return [name for each in self.inner for name in each.names(split)]

    def manifest(self) -> dict[str, Any]:
        """Return the manifests of all domains, and what they count together."""
        manifests = {each.name: each.manifest() for each in self.inner}
        return {
            'counts': summed([each.get('counts') or {} for each in manifests.values()]),
            'domains': manifests,
        }


def summed(counts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the sums of numbers in nested mappings, key by key."""
    keys = dict.fromkeys(key for each in counts for key in each)
    found: dict[str, Any] = {}
    for key in keys:
        values = [each[key] for each in counts if key in each]
        found[key] = summed(values) if isinstance(values[0], Mapping) else sum(values)
    return found


def _check_classes(one: DomainDataset, other: DomainDataset) -> None:
    if one.classes != other.classes:
        differing = sorted(set(one.classes) ^ set(other.classes))
        raise UserError(
            f'the sources {one.name} and {other.name} have different classes: '
            f'{differing or "in another order"}; make the class lists equal'
        )
