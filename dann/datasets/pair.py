"""The paired datamodule, and the firewall in front of target labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from dann.datasets.base import SPLITS, DomainDataset
from dann.datasets.few_labels import draw_shots
from dann.datasets.loading import Augment, Chunks, PairedBatches, Steps
from dann.errors import UserError, check

EVALUATED = ('source_val', 'target_val', 'target_test')


class DomainPair(pl.LightningDataModule):
    """Labelled source images and unlabelled target images.

    Training batches are ``{'source': (x, y), 'target': x, 'target_index': i}``; evaluation yields source
    validation ``(x, y)``, target validation ``x`` and target test ``x``. No label of the target domain is ever
    read here, unless ``shots`` asks for some: its labels are in files of their own, which only the evaluator
    opens.

    Args:
        source: The labelled domain.
        target: The unlabelled domain.
        batch_size: Samples of each domain in a training batch.
        steps_per_epoch: Training steps between two evaluations.
        seed: Of data order and augmentation, at least 0.
        augment: Applied to training images of both domains; ``None`` for nothing.
        reference: Says that ``source`` is the target domain itself, with labels: the supervised reference,
            which is no adaptation. Anything else that pairs a domain with itself is refused.
        shots: Labels of each class of the target's training split that are given away: 0 for unsupervised
            adaptation, more for the few-label setting. Those images are in ``batch['shots']`` and not in
            ``batch['target']``.
    """

    def __init__(
        self,
        source: DomainDataset,
        target: DomainDataset,
        batch_size: int = 64,
        steps_per_epoch: int = 100,
        seed: int = 0,
        augment: Augment | None = None,
        *,
        reference: bool = False,
        shots: int = 0,
    ) -> None:
        super().__init__()
        check(shots >= 0, f'expected `shots` of at least 0, got {shots}')
        check(batch_size > 0, f'expected `batch_size` above 0, got {batch_size}')
        check(steps_per_epoch > 0, f'expected `steps_per_epoch` above 0, got {steps_per_epoch}')
        check(seed >= 0, f'expected `seed` of at least 0, got {seed}')
        self.source, self.target = source, target
        self.batch_size, self.steps_per_epoch, self.seed = batch_size, steps_per_epoch, seed
        self.augment = augment or Augment()
        self.reference = reference
        self.shots = shots
        self._refuse_mismatch()

    def _refuse_mismatch(self) -> None:
        if self.source.classes != self.target.classes:
            only_source = set(self.source.classes) - set(self.target.classes)
            only_target = set(self.target.classes) - set(self.source.classes)
            msg = (
                f'{self.source.name} and {self.target.name} have different classes: only in the source '
                f'{sorted(only_source)}, only in the target {sorted(only_target)}'
                f'{"" if only_source or only_target else ", in another order"}; make the class lists equal'
            )
            raise UserError(msg)
        if (self.source.name == self.target.name) is not self.reference:
            msg = (
                f'source {self.source.name} and target {self.target.name} do not fit `reference: '
                f'{str(self.reference).lower()}`; a domain is paired with itself for the supervised reference only'
            )
            raise UserError(msg)

    @property
    def num_classes(self) -> int:
        """How many classes both domains have."""
        return len(self.source.classes)

    def prepare_data(self) -> None:
        """Put both domains on disk."""
        self.source.prepare()
        self.target.prepare()

    def setup(self, stage: str | None = None) -> None:
        """Read images of both domains, and labels of the source."""
        if hasattr(self, 'images'):
            return
        for domain in (self.source, self.target):
            self._refuse_small(domain)
            _refuse_overlap(domain)
        if not self.reference:
            self._refuse_shared()
        self.images = {
            ('source', 'train'): self.source.images('train'),
            ('source', 'val'): self.source.images('val'),
            **{('target', split): self.target.images(split) for split in SPLITS},
        }
        self.labels = {split: self.source.labels(split) for split in ('train', 'val')}
        self.labelled = self._give_shots() if self.shots else None
        self.pool_order = torch.randperm(
            len(self.images['target', 'train']), generator=torch.Generator().manual_seed(self.seed)
        )

    def _give_shots(self) -> tuple[Tensor, Tensor]:
        positions, labels = draw_shots(self.target, self.shots, self.seed)
        images = self.images['target', 'train']
        rest = torch.ones(len(images), dtype=torch.bool)
        rest[positions] = False
        if rest.sum() < self.batch_size:
            left = f'{int(rest.sum())} unlabelled training samples of {self.target.name}'
            raise UserError(f'`shots` leave {left}, needs {self.batch_size}; lower `shots` or `batch_size`')
        self.images['target', 'train'] = images[rest]
        return images[positions], labels

    def _refuse_small(self, domain: DomainDataset) -> None:
        for split in SPLITS:
            size = len(domain.ids(split))  # not the manifest's counts per class, which were made from labels
            least = self.batch_size if split == 'train' else 2
            if size < least:
                fix = 'lower `batch_size` or add samples' if size and split == 'train' else 'add samples'
                msg = f'the {split} split of {domain.name} has {size} samples, needs {least}; {fix}'
                raise UserError(msg)

    def _refuse_shared(self) -> None:
        ours, theirs = (
            {name for split in SPLITS for name in domain.ids(split)} for domain in (self.source, self.target)
        )
        if ours & theirs:
            msg = (
                f'sample {min(ours & theirs)} is in {self.source.name} with its label and in {self.target.name}; '
                'take it out of one, or its label leaks'
            )
            raise UserError(msg)

    def train_dataloader(self) -> DataLoader[Any]:
        """Return the paired training batches of the current evaluation interval."""
        batches = PairedBatches(
            self.images['source', 'train'],
            self.labels['train'],
            self.images['target', 'train'],
            batch_size=self.batch_size,
            seed=self.seed,
            augment=self.augment,
            # not the place in the file: files may be sorted by class
            positions=self.pool_order.argsort(),
            source_steps=self._source_steps(),
            shots=self.labelled,
        )
        return DataLoader(batches, sampler=Steps(self.steps_per_epoch, self._taken), batch_size=None)

    def _taken(self) -> int:
        return 0 if self.trainer is None else self.trainer.fit_loop.epoch_loop.total_batch_idx + 1

    def _source_steps(self) -> int | None:
        """Steps after which no source image is delivered: a source-free method says for what share it needs them."""
        if self.trainer is None or self.trainer.lightning_module is None:
            return None
        share = float(getattr(self.trainer.lightning_module, 'source_share', 1.0))
        epochs = self.trainer.max_epochs or 1
        return None if share == 1 else round(share * (self.steps_per_epoch * epochs))

    def pool(self) -> Iterator[Tensor]:
        """Yield all target training images without augmentation, in chunks, in the order of ``target_index``."""
        for index in torch.split(self.pool_order, self.batch_size):
            yield self.images['target', 'train'][index].float() / 255

    def val_dataloader(self) -> list[DataLoader[Any]]:
        """Return loaders of the splits in ``EVALUATED``."""
        source = Chunks(self.images['source', 'val'], self.labels['val'], size=self.batch_size)
        targets = [Chunks(self.images['target', split], size=self.batch_size) for split in ('val', 'test')]
        return [DataLoader(split, batch_size=None) for split in (source, *targets)]

    def test_dataloader(self) -> list[DataLoader[Any]]:
        """Return the loaders of ``val_dataloader``."""
        return self.val_dataloader()

    def predict_dataloader(self) -> DataLoader[Any]:
        """Return a loader of the target test images."""
        return self.val_dataloader()[2]

    def examples(self, count: int) -> tuple[Tensor, Tensor]:
        """Return ``count`` training images of each domain, in [0, 1]."""
        both = (self.images[domain, 'train'][:count].float() / 255 for domain in ('source', 'target'))
        source, target = both
        return source, target


def _refuse_overlap(domain: DomainDataset) -> None:
    seen: dict[str, str] = {}
    for split in SPLITS:
        for name in domain.ids(split):
            if name in seen:
                msg = (
                    f'sample {name} of {domain.name} is in the {seen[name]} and in the {split} split; '
                    'a test on training samples means nothing, so take it out of one'
                )
                raise UserError(msg)
            seen[name] = split
