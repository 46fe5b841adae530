"""A random part of a pair's data, and that part with one thing changed."""

from __future__ import annotations

from copy import copy

import torch
from torch import Tensor

from dann.audit.scrambling import scrambled_domain
from dann.audit.wrapped_domains import Excerpt, Negatives, SwappedNames
from dann.datasets.base import SPLITS
from dann.datasets.pair import DomainPair


def sample_pair(pair: DomainPair, *, batch_size: int, steps_per_epoch: int, train: int = 256) -> DomainPair:
    """A pair that was set up, with at most ``train`` training images of each domain and a quarter as many others.

    Args:
        pair: Stays as it is.
        batch_size: Of the part.
        steps_per_epoch: Of the part.
        train: Training images of each domain, at least a batch.
    """
    part = copy(pair)
    part.batch_size, part.steps_per_epoch = batch_size, steps_per_epoch
    part.images, part.labels, part.num_workers, part.unseen = {}, dict(pair.labels), 0, ()
    counts = {'train': max(train, batch_size), 'val': train // 4, 'test': train // 4}
    drawn: dict[str, dict[str, Tensor]] = {'source': {}, 'target': {}}
    for (domain, split), images in pair.images.items():
        if domain in drawn:  # unseen domains take no part in what is checked
            positions = _positions(pair.domain(domain).origins(split), len(images), counts[split], pair.seed)
            part.images[domain, split], drawn[domain][split] = images[positions], positions
    for split in pair.labels:
        part.labels[split] = pair.labels[split][drawn['source'][split]]
    part.groups = {split: groups[drawn['source'][split]] for split, groups in pair.groups.items()}
    part.target = Excerpt(pair.target, drawn['target'])
    if pair.num_sources > 1:  # of which each sample says where it is from
        part.source = Excerpt(pair.source, drawn['source'])
    part.pool_order = _some(len(part.images['target', 'train']), counts['train'], pair.seed)
    return part


def _positions(origins: Tensor | None, size: int, count: int, seed: int) -> Tensor:
    """Return positions of a part of a split: as many of each of several domains, or of all of them together."""
    if origins is None or len(origins) != size:  # of a large test split a part is drawn already
        return _some(size, count, seed)
    members = [(origins == number).nonzero().flatten() for number in range(int(origins.max()) + 1)]
    return torch.cat([each[_some(len(each), -(-count // len(members)), seed)] for each in members])


def _some(size: int, count: int, seed: int) -> Tensor:
    return torch.randperm(size, generator=torch.Generator().manual_seed(seed))[:count]


def with_other_labels(part: DomainPair, folder: str) -> DomainPair:
    """The part with every target label and group changed, in memory and on disk; those of the source and shots stay.

    Images are read anew, through the changed domain, so that a domain that draws its labels into them is found out.

    Args:
        part: As ``sample_pair`` returns it.
        folder: An empty folder for the files of a stored domain.
    """
    changed, target = copy(part), part.target
    assert isinstance(target, Excerpt)
    changed.target = SwappedNames(Excerpt(scrambled_domain(target.inner, folder), target.positions))
    if not part.shots:  # whose training images are others, drawn by label
        changed.images = part.images | {
            ('target', split): changed.target.images(split)[:] for split in SPLITS
        }
    return changed


def with_other_images(part: DomainPair) -> DomainPair:
    """The part with the negative of every target image."""
    changed = copy(part)
    changed.images = {
        (domain, split): 255 - images[:] if domain == 'target' else images
        for (domain, split), images in part.images.items()
    }
    changed.target = Negatives(part.target)
    return changed
