"""The images to compare, with labels of the source only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import torch
from torch import Tensor

from dann.core.errors import UserError, check
from dann.datasets.base import SPLITS, DomainDataset
from dann.datasets.images import Images, chosen
from dann.datasets.loading import Augment, SplitChunks
from dann.datasets.pair import DomainPair
from dann.shift.classes import Classes

Side = Literal['source', 'target']
FEWEST = 20  # halves of ten, for two in each part of the cross-validation


@dataclass(frozen=True)
class Domains:
    """Images of two domains, or of two halves of one.

    Args:
        names: Of both.
        source: uint8, shape ``(Ns, C, H, W)``; features or series are float, ``(Ns, ...)``.
        target: uint8, shape ``(Nt, C, H, W)``; the same.
        labels: Classes of the source, shape ``(Ns,)``; ``None`` where they are off limits or there are none.
        classes: Their names.
        augment: Says how images are evaluated.
        split: Where the images are from.
        parts: The domain that each side is from: it selects the batch norm of a trained network.
    """

    names: tuple[str, str]
    source: Images
    target: Images
    labels: Classes | None
    classes: tuple[str, ...]
    augment: Augment
    split: str
    parts: tuple[Side, Side] = ('source', 'target')

    def batches(self, side: str, size: int) -> Iterator[Tensor]:
        """Yield the images of a side in [0, 1], as they are evaluated."""
        for part in SplitChunks(
            self.source if side == 'source' else self.target, size=size, augment=self.augment
        ):
            assert isinstance(part, Tensor)
            yield part

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Channels, height and width as they are evaluated; of features and series the shape of a sample."""
        return tuple(next(self.batches('source', 1)).shape[1:])

    @property
    def are_images(self) -> bool:
        """Whether the samples are images, and no features or series."""
        return self.source.dtype == torch.uint8


def load_domains(
    pair: DomainPair, split: str, *, samples: int, seed: int, halves: Side | None = None
) -> Domains:
    """Return a random sample of both domains, or two random halves of one of them.

    Of the target only images are read. Halves of the target have no labels either.

    Args:
        pair: The domains.
        split: ``train``, ``val`` or ``test``.
        samples: Of each side, at most; at least 20.
        seed: Of the sample and of the halves.
        halves: Which domain to halve; ``None`` to compare the two.

    Raises:
        UserError: An unknown split, or too few samples.
    """
    check(split in SPLITS, f'expected `split` to be one of {SPLITS}, got {split!r}')
    check(halves is None or halves in get_args(Side), f'expected `halves` source or target, got {halves!r}')
    check(samples >= FEWEST, f'expected `samples` of at least {FEWEST}, got {samples}')
    if halves is not None:
        return _halves(pair, split, samples, seed, halves)
    sides: list[Any] = []
    for number, domain in enumerate((pair.source, pair.target)):
        images = _images(domain, split)
        order = np.random.default_rng([seed, number]).permutation(len(images))[:samples]
        sides.append((chosen(images, torch.from_numpy(order)), order))
    (source, order), (target, _) = sides
    labels = _labels(pair.source, split, order)
    names = (pair.source.name, pair.target.name)
    return Domains(names, source, target, labels, pair.source.classes, pair.augment, split)


def _halves(pair: DomainPair, split: str, samples: int, seed: int, side: Side) -> Domains:
    domain = pair.source if side == 'source' else pair.target
    images = _images(domain, split)
    order = np.random.default_rng([seed, 2]).permutation(len(images))
    size = min(len(images) // 2, samples)
    one, other = order[:size], order[size : 2 * size]
    labels = _labels(pair.source, split, one) if side == 'source' else None
    source, target = (chosen(images, torch.from_numpy(each)) for each in (one, other))
    names = (f'{domain.name}, one half', f'{domain.name}, the other half')
    return Domains(names, source, target, labels, domain.classes, pair.augment, split, (side, side))


def _images(domain: DomainDataset, split: str) -> Images:
    domain.prepare()
    images = domain.images(split)
    if len(images) < FEWEST:
        raise UserError(
            f'the {split} split of {domain.name} has {len(images)} images, needs {FEWEST}; {_larger(domain)}'
        )
    return images


def _larger(domain: DomainDataset) -> str:
    """Return what to do where a split has too few images."""
    sizes = {split: len(domain.images(split)) for split in SPLITS}
    split = max(sizes, key=lambda each: sizes[each])
    if sizes[split] >= FEWEST:
        return f'take the {split} split of {sizes[split]}: --split {split}'
    return f'no split of its {sum(sizes.values())} images has as many, so add images: about 30 in each domain will do'


def _labels(source: DomainDataset, split: str, order: Any) -> Classes | None:
    return np.asarray(source.labels(split).numpy(), np.int64)[order] if source.labelled else None
