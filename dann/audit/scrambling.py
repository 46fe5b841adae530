"""A domain whose labels and groups are all wrong, in memory and on disk."""

from __future__ import annotations

import json
from copy import copy
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from dann.core.hashing import sha256
from dann.core.numpy_files import load_array
from dann.datasets.base import DomainDataset
from dann.datasets.storage.stored_domain import StoredDomain
from dann.datasets.storage.stored_folder import StoredFolder


def other_labels(labels: Tensor, num_classes: int, seed: int = 0) -> Tensor:
    """Replace every label by another class, drawn at random; -1, which is no label, stays, and so does an only class.

    Args:
        labels: Shape ``(N,)``.
        num_classes: How many there are; of one there is no other.
        seed: Of the draw.
    """
    if num_classes < 2:
        return labels
    generator = torch.Generator().manual_seed(seed)
    moved = torch.randint(1, num_classes, labels.shape, generator=generator)
    return torch.where(labels < 0, labels, (labels + moved) % num_classes)


def scrambled_domain(domain: DomainDataset, folder: str) -> DomainDataset:
    """Return a domain with other labels and groups; the files of a stored one are written anew.

    Args:
        domain: Stays as it is.
        folder: An empty folder.
    """
    changed = copy(domain)
    if isinstance(changed, StoredDomain) and domain.labelled:
        _scramble_files(changed, Path(folder))
    else:
        changed.__class__ = type('OtherLabels', (OtherLabels, type(domain)), {})
    return changed


class OtherLabels(DomainDataset):
    """Goes in front of the class of a domain, so that the domain itself finds other labels too.

    A domain that draws labels into its images looks them up through its own ``labels``.
    """

    def labels(self, split: str) -> Tensor:
        """Return other classes than the domain's own."""
        return other_labels(super().labels(split), len(self.classes))  # type: ignore[safe-super]

    def groups(self, split: str) -> Tensor:
        """Return other groups than the domain's own."""
        return other_labels(super().groups(split), len(self.group_names))


def _scramble_files(domain: StoredDomain, root: Path) -> None:
    """Let ``domain`` read from ``root``: links to all its files but those of labels and groups."""
    before, manifest = domain.folder, domain.manifest()
    stored = StoredFolder(before)
    domain.root = root
    domain.folder.mkdir(parents=True, exist_ok=True)
    counts = {'.labels.npy': len(domain.classes), '.groups.npy': len(domain.group_names)}
    for path in before.iterdir():
        link = domain.folder / path.name
        count = next((count for end, count in counts.items() if path.name.endswith(end)), None)
        if count is not None:
            stored.verify(path.name)  # what is written anew here has a checksum of its own
            labels = torch.from_numpy(load_array(path))
            np.save(link, other_labels(labels, count).numpy())
            manifest['sha256'][path.name] = sha256(link)
        elif path.name != 'manifest.json':
            link.symlink_to(path.resolve())
    (domain.folder / 'manifest.json').write_text(json.dumps(manifest), encoding='utf-8')
