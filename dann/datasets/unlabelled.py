"""Mini-batches of images without labels, of several domains as one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from dann.core.errors import check
from dann.datasets.augment import Augment
from dann.datasets.images import Images
from dann.datasets.loading import trained_on


class Unlabelled(Dataset[Tensor]):
    """Training images of several domains, drawn from their union, each at most once in a pass and in a batch.

    A pass ends where fewer are left than a batch takes; the next is in another order. A batch is a pure
    function of seed and step. Domains are read one by one: a crop brings their images to one size.

    Args:
        domains: Images, uint8, shape ``(N, C, H, W)``, and what is done to them in training.
        batch_size: Images in a batch, at most as many as there are.
        seed: Of order and augmentation.
    """

    def __init__(self, domains: Sequence[tuple[Images, Augment]], batch_size: int, seed: int) -> None:
        check(
            all(images.dtype == torch.uint8 for images, _ in domains),
            'expected images of uint8, got features; leave `pretraining` out',
        )
        self.domains, self.batch_size, self.seed = list(domains), batch_size, seed
        self.begins = np.cumsum([0, *(len(images) for images, _ in domains)])
        check(
            batch_size <= self.begins[-1],
            f'expected `batch_size` of at most the {self.begins[-1]} training images of both domains, '
            f'got {batch_size}; lower that of `pretraining`',
        )

    def __getitem__(self, step: int) -> Tensor:
        # a seed of its own: from that of torch's generator in the step both would draw the same numbers
        generator = torch.Generator().manual_seed((self.seed + 1) * 32_452_843 + step)
        index = self._index(step)
        owners = torch.from_numpy(np.searchsorted(self.begins, index.numpy(), side='right') - 1)
        parts = [
            trained_on(images, index[owners == number] - int(begin), augment, generator)
            for number, ((images, augment), begin) in enumerate(zip(self.domains, self.begins, strict=False))
            if bool((owners == number).any())
        ]
        return torch.cat(parts)

    def _index(self, step: int) -> Tensor:
        """Return the positions of one step in the union."""
        size = int(self.begins[-1])
        number, place = divmod(step, size // self.batch_size)
        return self._order(number, size)[place * self.batch_size :][: self.batch_size]

    def _order(self, number: int, size: int) -> Tensor:
        generator = torch.Generator().manual_seed((self.seed + 1) * 15_485_863 + number)
        return torch.randperm(size, generator=generator)
