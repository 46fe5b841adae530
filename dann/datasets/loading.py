"""Paired mini-batches: each one a pure function of seed and step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NotRequired, TypedDict

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from dann.datasets.augment import Augment
from dann.datasets.images import Images
from dann.datasets.sampling import drawn_by

__all__ = ['Augment', 'Batch', 'PairedBatches', 'SplitChunks', 'StepSampler', 'loader']


class Batch(TypedDict):
    """What a training step receives: there is no place for a label of the target's unlabelled images.

    ``source_domain`` says which of several sources each source image is from, and is missing where there is one.
    ``source`` is missing in the stage in which a source-free method adapts. ``target_index`` says which image
    of ``DomainPair.pool`` each target image is made from. ``shots`` are the labelled target images of the
    few-label setting and of no other. ``source_groups`` says which group each source image belongs to, where the
    source has any: a place in its ``group_names``.
    """

    source: NotRequired[tuple[Tensor, Tensor]]
    source_domain: NotRequired[Tensor]
    source_groups: NotRequired[Tensor]
    target: Tensor
    target_index: Tensor
    shots: NotRequired[tuple[Tensor, Tensor]]


def of_sources(batch: Batch, kept: Tensor) -> Batch:
    """Return a training batch with the samples of some of its sources, and all that it has of the target.

    Args:
        batch: Of several sources.
        kept: Numbers of the sources, shape ``(K,)``.
    """
    inside = torch.isin(batch['source_domain'], kept.to(batch['source_domain'].device))
    images, labels = batch['source']
    found: Batch = {
        **batch,
        'source': (images[inside], labels[inside]),
        'source_domain': batch['source_domain'][inside],
    }
    if 'source_groups' in batch:
        found['source_groups'] = batch['source_groups'][inside]
    return found


def evaluated(values: Tensor, augment: Augment) -> Tensor:
    """Return what the network sees in evaluation: images in [0, 1], or stored features as they are.

    Args:
        values: uint8 images ``(B, C, H, W)``, or float features of any shape ``(B, ...)``.
        augment: Says how images are evaluated.
    """
    return values if values.is_floating_point() else augment.evaluation(values).float().div_(255)


def trained_on(images: Images, index: Tensor, augment: Augment, generator: torch.Generator) -> Tensor:
    """Return what the network sees in training: augmented images in [0, 1], or stored features, of a random view each.

    Args:
        images: uint8 images ``(N, C, H, W)``, or float features of any shape ``(N, ...)``.
        index: Which of them, shape ``(B,)``.
        augment: Applied to images.
        generator: Of all that is drawn.
    """
    values = images[index] if isinstance(images, Tensor) else images.drawn(index, generator)
    return values if values.is_floating_point() else augment(values, generator).float().div_(255)


class PairedBatches(Dataset[Batch]):
    """Mini-batches of both domains, gathered in one operation and addressed by step number.

    Args:
        images: Source images, uint8, shape ``(Ns, C, H, W)``.
        labels: Source labels, shape ``(Ns,)``.
        target: Target images, uint8, shape ``(Nt, C, H, W)``.
        batch_size: Samples of each domain in a batch.
        seed: Of order and augmentation.
        augment: Applied to the domains that it names.
        positions: What ``target_index`` calls each target image, shape ``(Nt,)``.
        source_steps: Steps from which on a batch has no source images; ``None`` for none.
        online: Whether from there on every target image comes once, in the order of ``positions`` and as it is
            evaluated, the last batch with those that are left.
        shots: Labelled target images and their labels; every batch has up to ``batch_size`` of them.
        origins: Which of several source domains each source image is from, shape ``(Ns,)``: every batch has as many of
            each, the first ones one more where ``batch_size`` is no multiple; ``None`` for one source.
        groups: The group of each source image, shape ``(Ns,)``; ``None`` where it has none.
        weights: The probability with which each source image is drawn, shape ``(Ns,)``; ``None`` for each once a pass.
    """

    def __init__(
        self,
        images: Images,
        labels: Tensor,
        target: Images,
        *,
        batch_size: int,
        seed: int,
        augment: Augment,
        positions: Tensor | None = None,
        source_steps: int | None = None,
        online: bool = False,
        shots: tuple[Images, Tensor] | None = None,
        origins: Tensor | None = None,
        groups: Tensor | None = None,
        weights: Tensor | None = None,
    ) -> None:
        self.images, self.labels, self.target, self.groups = images, labels, target, groups
        self.batch_size, self.seed, self.augment = batch_size, seed, augment
        self.positions = torch.arange(len(target)) if positions is None else positions
        self.source_steps, self.shots, self.weights = source_steps, shots, weights
        self.online = self.positions.argsort() if online else None
        self.origins = origins
        self.sources = (
            []
            if origins is None
            else [torch.nonzero(origins == each).flatten() for each in range(int(origins.max()) + 1)]
        )
        self._orders: dict[tuple[str, int], tuple[int, Tensor]] = {}

    def __getitem__(self, step: int) -> Batch:
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + step)
        source = self._source_index(step)
        pixels = self._pixels('source', self.images, source, generator)
        after = -1 if self.source_steps is None else step - self.source_steps
        if self.online is not None and after >= 0:
            batch = self._next_of_pool(self.online, after)
        else:
            target = self._index('target', len(self.target), step, self.batch_size)
            batch = Batch(
                target=self._pixels('target', self.target, target, generator),
                target_index=self.positions[target],
            )
        if after < 0:
            batch['source'] = (pixels, self.labels[source])
            if self.origins is not None:
                batch['source_domain'] = self.origins[source]
            if self.groups is not None:
                batch['source_groups'] = self.groups[source]
        if self.shots is not None:
            images, labels = self.shots
            drawn = torch.randperm(len(images), generator=generator)[: self.batch_size]
            batch['shots'] = (self._pixels('target', images, drawn, generator), labels[drawn])
        return batch

    def _next_of_pool(self, order: Tensor, number: int) -> Batch:
        index = order[number * self.batch_size : (number + 1) * self.batch_size]
        return Batch(target=evaluated(self.target[index], self.augment), target_index=self.positions[index])

    def _pixels(self, domain: str, images: Images, index: Tensor, generator: torch.Generator) -> Tensor:
        return trained_on(images, index, self.augment.of(domain), generator)

    def _source_index(self, step: int) -> Tensor:
        """Source samples of one step: as many of every source."""
        if self.weights is not None:
            return drawn_by(self.weights, self.batch_size, self.seed, step)
        if not self.sources:
            return self._index('source', len(self.images), step, self.batch_size)
        least, more = divmod(self.batch_size, len(self.sources))
        return torch.cat(
            [
                members[self._index('source', len(members), step, least + (number < more), number)]
                for number, members in enumerate(self.sources)
            ]
        )

    def _index(self, domain: str, size: int, step: int, count: int, number: int = 0) -> Tensor:
        """``count`` samples of one step: a new order each time the domain, of several the ``number``-th, is through."""
        first = step * count
        parts = []
        while first < (step + 1) * count:
            epoch, offset = divmod(first, size)
            order = self._order(domain, number, size, epoch)
            part = order[offset : offset + (step + 1) * count - first]
            parts.append(part)
            first += len(part)
        return torch.cat(parts) if len(parts) > 1 else parts[0]

    def _order(self, domain: str, number: int, size: int, epoch: int) -> Tensor:
        known, order = self._orders.get((domain, number), (-1, None))
        if known != epoch or order is None:
            stream = 2 * epoch + (domain == 'target')
            generator = torch.Generator().manual_seed((self.seed + 1) * 7_919_111 + stream + number * 104_729)
            order = torch.randperm(size, generator=generator)
            self._orders[domain, number] = (epoch, order)
        return order


class StepSampler(Sampler[int]):
    """Step numbers from the last one taken to the end of the evaluation interval.

    A resumed run goes on with the step it was killed at.

    Args:
        steps_per_epoch: Length of an interval.
        taken: Returns how many steps have been taken.
    """

    def __init__(self, steps_per_epoch: int, taken: Callable[[], int]) -> None:
        self.steps_per_epoch = steps_per_epoch
        self.taken = taken

    def __len__(self) -> int:
        return self.steps_per_epoch

    def __iter__(self) -> Iterator[int]:
        # a generator, so that it asks only at the first step: Lightning makes the iterator that a resumed run
        # begins with before it restores how far that run had come
        start = self.taken()
        yield from range(start, start - start % self.steps_per_epoch + self.steps_per_epoch)


class SplitChunks(Dataset[Tensor | tuple[Tensor, Tensor]]):
    """A split in order, in chunks: images as they are evaluated, with labels only where they were given.

    Args:
        images: uint8, shape ``(N, C, H, W)``.
        labels: Shape ``(N,)``, or ``None`` for a domain whose labels are off limits.
        size: Samples in a chunk.
        augment: Says how images are evaluated; ``None`` for whole.
        order: Positions of the images in the order they come in, shape ``(N,)``; ``None`` for as they are.
    """

    def __init__(
        self,
        images: Images,
        labels: Tensor | None = None,
        *,
        size: int,
        augment: Augment | None = None,
        order: Tensor | None = None,
    ) -> None:
        self.images, self.labels, self.size = images, labels, size
        self.augment, self.order = augment or Augment(), order

    def __len__(self) -> int:
        return -(-len(self.images) // self.size)

    def __iter__(self) -> Iterator[Tensor | tuple[Tensor, Tensor]]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> Tensor | tuple[Tensor, Tensor]:
        if index >= len(self):
            raise IndexError(index)
        part: Any = slice(index * self.size, (index + 1) * self.size)
        if self.order is not None:
            part = self.order[part]
        pixels = evaluated(self.images[part], self.augment)
        return pixels if self.labels is None else (pixels, self.labels[part])


class PrefetchLoader(DataLoader[Any]):
    """A loader whose processes start at the first batch that is asked for, and load ahead from there.

    Lightning makes the iterator of a resumed run before it restores how far that run had come; processes that
    started then would load from step 0.
    """

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        yield from super().__iter__()


def loader(
    dataset: Dataset[Any], sampler: Sampler[int] | None = None, *, workers: int = 0, lasting: bool = False
) -> DataLoader[Any]:
    """Return a loader of whole batches.

    Args:
        dataset: Gives a batch for a number.
        sampler: Order of the numbers; ``None`` for from 0 up.
        workers: Processes that load ahead; 0 to load in this one.
        lasting: Keep the processes from one pass to the next.
    """
    # a generator of its own: else each pass, an evaluation too, would take a number from the run's
    own = torch.Generator().manual_seed(0)
    if not workers:
        return DataLoader(dataset, sampler=sampler, batch_size=None, generator=own)
    return PrefetchLoader(
        dataset,
        sampler=sampler,
        batch_size=None,
        num_workers=workers,
        persistent_workers=lasting,
        generator=own,
    )
