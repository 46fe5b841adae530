"""A domain whose labels are all wrong, wherever one may look them up."""

from __future__ import annotations

import json
from copy import copy
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from dann.datasets.base import DomainDataset
from dann.datasets.storage.stored_domain import StoredDomain
from dann.datasets.storage.stored_folder import sha256


def other_labels(labels: Tensor, num_classes: int, seed: int = 0) -> Tensor:
    """Labels of which every one is another class than before, drawn at random; -1, which is none, stays.

    Args:
        labels: Shape ``(N,)``.
        num_classes: At least 2.
        seed: Of the draw.
    """
    generator = torch.Generator().manual_seed(seed)
    moved = torch.randint(1, num_classes, labels.shape, generator=generator)
    return torch.where(labels < 0, labels, (labels + moved) % num_classes)


def scrambled_domain(domain: DomainDataset, folder: str) -> DomainDataset:
    """A copy of ``domain`` with other labels, in files of its own where it is stored.

    Args:
        domain: Which; it stays as it is.
        folder: An empty one.
    """
    changed = copy(domain)
    if isinstance(changed, StoredDomain) and domain.labelled:
        _scramble_files(changed, Path(folder))
    else:
        vars(changed)['labels'] = lambda split: other_labels(domain.labels(split), len(domain.classes))
    return changed


def _scramble_files(domain: StoredDomain, root: Path) -> None:
    """Let ``domain`` read from ``root``: links to all its files but those of labels."""
    before, manifest = domain.folder, domain.manifest()
    domain.root = root
    domain.folder.mkdir(parents=True, exist_ok=True)
    for path in before.iterdir():
        ours = domain.folder / path.name
        if path.name.endswith('.labels.npy'):
            labels = torch.from_numpy(np.load(path))
            np.save(ours, other_labels(labels, len(domain.classes)).numpy())
            manifest['sha256'][path.name] = sha256(ours)
        elif path.name != 'manifest.json':
            ours.symlink_to(path.resolve())
    (domain.folder / 'manifest.json').write_text(json.dumps(manifest))
