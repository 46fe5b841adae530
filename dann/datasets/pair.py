"""The paired datamodule, and the firewall in front of target labels."""

from __future__ import annotations

import multiprocessing as mp
import os
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from dann.core.errors import UserError, check
from dann.datasets.base import SPLITS, DomainDataset
from dann.datasets.few_labels import draw_shots
from dann.datasets.images import Images, LazyImages, chosen
from dann.datasets.loading import (
    Augment,
    PairedBatches,
    SplitChunks,
    StepSampler,
    evaluated,
    loader,
    trained_on,
)
from dann.datasets.pair_checks import (
    validate_features,
    validate_mismatch,
    validate_overlap,
    validate_several,
    validate_shared,
    validate_sizes,
    validate_small,
)
from dann.datasets.regrouped import Regrouped, transductive
from dann.datasets.sampling import Sampling, check_sampling, sampling_weights
from dann.datasets.sources import Sources
from dann.datasets.unseen import check_apart, check_unseen, is_unseen, part_of

EVALUATED = ('source_val', 'target_val', 'target_test', 'source_test')
VECTORS = 512  # features that pass at once where nothing is learned from them; they are small
SOURCE_TESTED = 5_000


class DomainPair(pl.LightningDataModule):
    """Labelled source images and unlabelled target images.

    Training batches are ``{'source': (x, y), 'target': x, 'target_index': i}``, with ``'source_domain'`` where the
    source is several domains (``Sources``, or a list of them), of which each batch has as many samples; evaluation
    yields source validation ``(x, y)``, target validation ``x``, target test ``x`` and source test ``(x, y)``. No label
    of the target domain is ever read here, unless ``shots`` asks for some: its labels are in files of their own, which
    only the evaluator opens. The same holds for the groups that samples belong to, where a domain has some: those of
    the source's training images are ``source_groups`` in a batch, and those of the target are the evaluator's.

    The source's test split shows what adaptation has cost on the source. Of more than 5,000 images as many are
    drawn, by ``seed``: the same ones at every evaluation and for every method. The supervised reference, whose
    source is the target itself, has no such split.

    Args:
        source: The labelled domain, or a list of several.
        target: The unlabelled domain.
        batch_size: Samples of the source, all its domains together, and of the target in a training batch.
        steps_per_epoch: Training steps between two evaluations.
        seed: Of data order and augmentation, at least 0.
        augment: Applied to training images of the domains that it names; ``None`` for nothing.
        reference: Says that ``source`` is the target domain itself, with labels: the supervised reference,
            which is no adaptation. Anything else that pairs a domain with itself is refused. With ``shots`` it trains
            on these alone: what so many labels are worth without a source.
        shots: Labels of each class of the target's training split that are given away: 0 for unsupervised
            adaptation, more for the few-label setting. Those images are in ``batch['shots']`` and not in
            ``batch['target']``. ``all`` gives away every label, and keeps the images in both.
        features: What a run reads. ``images``; or ``bank``, the features that the frozen blocks of the backbone make
            of them, extracted once and kept in the cache; ``auto`` is ``bank`` wherever the backbone is frozen and the
            method does not change images itself. Without augmentation or style both give the same numbers.
        views: How many augmented or styled views of a training image a bank holds, of which each step draws one.
        extraction: Precision in which a bank is extracted, ``float32`` or ``bf16``; it is stored in float32.
        setting: ``inductive``, which trains on the training split of the target and tests on its test split; or
            ``transductive``: all target images are in training, without labels, and all are scored. The source then
            trains on all but its validation split. Labelled target images have no place in it.
        sampling: How source images are drawn in training: ``natural``, each once a pass; or with replacement, so that
            every ``class``, every ``group``, or every class within a group, ``class_group``, is equally frequent.
        unseen: Further domains with the same classes, of which nothing is trained on, neither images nor labels: their
            test splits are scored beside the target's, to say whether adaptation helps beyond it.
        num_workers: Processes that load ahead; ``None`` for none if both domains are in memory, else for up to
            4. Batches are the same whatever the number. The processes of a benchmark have none of their own.
    """

    def __init__(
        self,
        source: DomainDataset | list[DomainDataset],
        target: DomainDataset,
        batch_size: int = 64,
        steps_per_epoch: int = 100,
        seed: int = 0,
        augment: Augment | None = None,
        *,
        reference: bool = False,
        shots: int | Literal['all'] = 0,
        features: Literal['auto', 'images', 'bank'] = 'auto',
        views: int = 4,
        extraction: Literal['float32', 'bf16'] = 'float32',
        setting: Literal['inductive', 'transductive'] = 'inductive',
        sampling: Sampling = 'natural',
        unseen: list[DomainDataset] | None = None,
        num_workers: int | None = None,
    ) -> None:
        super().__init__()
        _check_counts(seed=seed, **({} if shots == 'all' else {'shots': shots}))
        _check_counts(1, batch_size=batch_size, steps_per_epoch=steps_per_epoch, views=views)
        check(
            num_workers is None or num_workers >= 0,
            f'expected `num_workers` of at least 0, got {num_workers}',
        )
        source = Sources(source) if isinstance(source, list) else source
        self.source, self.target, self.setting = source, target, setting
        if setting == 'transductive':
            check(
                not (reference or shots),
                'the transductive setting scores the images it trains on, so no target label can be in training; '
                'leave rows with `reference` or `shots` out, or set `setting: inductive`',
            )
            self.source, self.target = transductive(source, target)
        self.batch_size, self.steps_per_epoch, self.seed = batch_size, steps_per_epoch, seed
        self.augment = augment or Augment()
        self.reference = reference
        self.shots = shots
        check_sampling(sampling)
        self.sampling: Sampling = sampling
        self.features, self.views, self.extraction = features, views, extraction
        self.stored: dict[tuple[str, str], Images] = {}
        self.extracted = 0.0  # seconds that the stored features took
        self.num_workers = num_workers
        self.unseen = tuple(unseen or ())
        check_unseen(self.unseen, source, target)
        validate_mismatch(source, target, reference=reference)
        validate_several(self.num_sources, batch_size, sampling)

    @property
    def num_classes(self) -> int:
        """How many classes both domains have."""
        return len(self.source.classes)

    @property
    def num_sources(self) -> int:
        """How many domains the source is put together from."""
        return len(self.source.origin_names)

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Channels, height and width of an image as the network sees it, the pixels not read; or those of a sample.

        Raises:
            CheckError: Features or series are to be augmented, which only images can.
        """
        shape, crop = self.source.image_shape, self.augment.crop
        check(
            len(shape) == 3 or not self.augment.changes,
            f'`augment` changes images, and samples of {self.source.name} have shape {shape}; leave it out',
        )
        return shape if crop is None else (shape[0], crop, crop)

    @property
    def preprocessing(self) -> dict[str, Any]:
        """How a file becomes an image of the target: brought to ``size``, fitted, then ``crop`` pixels in the centre.

        Empty where samples are no images.
        """
        shape = self.source.image_shape
        target = self.target.inner if isinstance(self.target, Regrouped) else self.target
        fit = getattr(target, 'fit', 'squash')
        return {'size': list(shape[1:]), 'fit': fit, 'crop': self.augment.crop} if len(shape) == 3 else {}

    def prepare_data(self) -> None:
        """Put both domains on disk."""
        for domain in (self.source, self.target, *self.unseen):
            domain.prepare()

    def setup(self, stage: str | None = None) -> None:
        """Read images of both domains, and labels of the source."""
        if hasattr(self, 'images'):
            return
        for domain in (self.source, self.target):
            validate_small(domain, self.batch_size)
            validate_overlap(domain.inner if isinstance(domain, Regrouped) else domain)
        if not self.reference:
            validate_shared(self.source, self.target)
        check_apart(self.unseen, self.source, self.target)
        self.images: dict[tuple[str, str], Images] = {
            ('source', 'train'): self.source.images('train'),
            ('source', 'val'): self.source.images('val'),
            **{('target', split): self.target.images(split) for split in SPLITS},
            **{(part_of(domain), 'test'): domain.images('test') for domain in self.unseen},
        }
        for (part, _), images in self.images.items():
            self._check_samples(self.domain(part), images)
        self.labels = {split: self.source.labels(split) for split in ('train', 'val')}
        self.groups = {'train': self.source.groups('train')} if self.source.group_names else {}
        self._weights()  # raises where groups are to be drawn and there are none
        if self.tests_source:
            self._test_source()
        self.labelled = self._give_shots() if self.shots else None
        self._train_reference_on_shots()
        self.pool_order = torch.randperm(
            len(self.images['target', 'train']), generator=torch.Generator().manual_seed(self.seed)
        )

    def domain(self, part: str) -> DomainDataset:
        """Return the domain of ``source``, ``target`` or ``unseen/NAME``."""
        return {
            'source': self.source,
            'target': self.target,
            **{part_of(each): each for each in self.unseen},
        }[part]

    def _check_samples(self, domain: DomainDataset, images: Images) -> None:
        """Raise ``UserError`` unless samples of a domain are shaped as those of the source."""
        other, shape = self.target if domain is self.source else domain, self.images['source', 'train'].shape
        if images.dtype != torch.uint8:
            validate_features(self.source, other, shape, images.shape)
            return
        self.augment.check_size(*images.shape[2:])
        if self.augment.crop is None:
            validate_sizes(self.source, other, shape, images.shape)

    @property
    def evaluated(self) -> tuple[str, ...]:
        """Names of the splits that are evaluated, in the order of their loaders."""
        own = EVALUATED if self.tests_source else EVALUATED[:-1]
        return (*own, *map(part_of, self.unseen))

    @property
    def tests_source(self) -> bool:
        """Whether the source's test split is scored.

        The reference's has the target's labels, and in the transductive setting it is trained on.
        """
        return not self.reference and self.setting == 'inductive'

    @property
    def workers(self) -> int:
        """How many processes load ahead."""
        if mp.current_process().daemon:
            return 0  # such a process may have no children
        if self.num_workers is not None:
            return self.num_workers
        read = (self._read(*key) for key in self.images)
        lazy = any(isinstance(images, LazyImages) and images.ahead for images in read)
        return min(4, os.cpu_count() or 1) if lazy else 0

    def _test_source(self) -> None:
        """Read the source's test split, or as much of it as is scored."""
        images, labels = self.source.images('test'), self.source.labels('test')
        groups = self.source.groups('test') if self.source.group_names else None
        if len(labels) > SOURCE_TESTED:
            order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(self.seed))
            drawn = order[:SOURCE_TESTED].sort().values
            images, labels = chosen(images, drawn), labels[drawn]
            groups = None if groups is None else groups[drawn]
        self.images['source', 'test'], self.labels['test'] = images, labels
        if groups is not None:
            self.groups['test'] = groups

    def _give_shots(self) -> tuple[Images, Tensor]:
        positions, labels = draw_shots(self.target, self.shots, self.seed)
        images = self.images['target', 'train']
        if self.shots == 'all':
            return images, labels
        rest = torch.ones(len(images), dtype=torch.bool)
        rest[positions] = False
        if rest.sum() < self.batch_size:
            left = f'{int(rest.sum())} unlabelled training samples of {self.target.name}'
            raise UserError(f'`shots` leave {left}, needs {self.batch_size}; lower `shots` or `batch_size`')
        self.images['target', 'train'] = chosen(images, rest.nonzero().flatten())
        return chosen(images, positions), labels

    def _train_reference_on_shots(self) -> None:
        """Train the reference on the labels that are given away, where some are, and on no other."""
        if not self.reference or self.labelled is None:
            return
        (images, labels), self.labelled = self.labelled, None
        if len(labels) < self.batch_size:
            raise UserError(
                f'`shots` give the reference {len(labels)} labelled samples, needs {self.batch_size}; raise `shots` or '
                'lower `batch_size`'
            )
        self.images['source', 'train'], self.labels['train'] = images, labels
        if 'train' in self.groups:
            positions, _ = draw_shots(self.target, self.shots, self.seed)
            self.groups['train'] = self.groups['train'][positions]

    def _read(self, domain: str, split: str) -> Images:
        """Images of a split, or the features stored in their place."""
        return self.stored.get((domain, split), self.images[domain, split])

    def train_dataloader(self) -> DataLoader[Any]:
        """Return the paired training batches of the current evaluation interval."""
        batches = PairedBatches(
            self._read('source', 'train'),
            self.labels['train'],
            self._read('target', 'train'),
            batch_size=self.batch_size,
            seed=self.seed,
            augment=self.augment,
            # not the place in the file: files may be sorted by class
            positions=self.pool_order.argsort(),
            source_steps=self._source_steps(),
            online=getattr(self._method, 'online', False),
            origins=self.source.origins('train'),
            groups=self.groups.get('train'),
            weights=self._weights(),
            shots=self.labelled
            and (self.stored.get(('target', 'shots'), self.labelled[0]), self.labelled[1]),
        )
        steps = StepSampler(self.steps_per_epoch, self._taken)
        return loader(batches, steps, workers=self.workers, lasting=True)

    def _weights(self) -> Tensor | None:
        labels, groups = self.labels['train'], self.groups.get('train')
        return sampling_weights(self.sampling, labels, groups, self.num_classes, self.source.name)

    def _taken(self) -> int:
        return 0 if self.trainer is None else self.trainer.fit_loop.epoch_loop.total_batch_idx + 1

    def _source_steps(self) -> int | None:
        """Steps after which no source image is delivered: a source-free method says how many it needs them for."""
        ask = getattr(self._method, 'source_steps', None)
        if self.trainer is None or ask is None:
            return None
        return int(ask(self.steps_per_epoch * (self.trainer.max_epochs or 1)))

    @property
    def _method(self) -> Any:
        return None if self.trainer is None else self.trainer.lightning_module

    def pool(self) -> Iterator[Tensor]:
        """Yield all target training images without augmentation, in chunks, in the order of ``target_index``."""
        chunks = self._chunks('target', 'train', order=self.pool_order)
        # a loader without processes would take a number from the run's generator
        ahead: Iterable[Any] = loader(chunks, workers=self.workers) if self.workers else chunks
        yield from ahead

    def drawn(self, domain: Literal['source', 'target'], index: Tensor, generator: torch.Generator) -> Tensor:
        """Return chosen training samples as a training batch has them, augmented, in [0, 1].

        Args:
            domain: Whose samples.
            index: Which of them, shape ``(B,)``: positions in ``training_chunks`` of the source, which are those of
                ``labels['train']``; numbers of ``target_index`` in the target.
            generator: Of augmentation and views.
        """
        positions = self.pool_order[index] if domain == 'target' else index
        return trained_on(self._read(domain, 'train'), positions, self.augment.of(domain), generator)

    def _chunks(self, domain: str, split: str, labels: Tensor | None = None, **options: Any) -> SplitChunks:
        images = self._read(domain, split)
        size = max(self.batch_size, VECTORS) if len(images.shape) == 2 else self.batch_size
        return SplitChunks(images, labels, size=size, augment=self.augment, **options)

    def val_dataloader(self) -> list[DataLoader[Any]]:
        """Return loaders of the splits that are ``evaluated``; only those of the source have labels."""
        return [loader(self._evaluated(name), workers=self.workers) for name in self.evaluated]

    def _evaluated(self, name: str) -> SplitChunks:
        domain, _, split = (name, '', 'test') if is_unseen(name) else name.partition('_')
        return self._chunks(domain, split, self.labels[split] if domain == 'source' else None)

    def test_dataloader(self) -> list[DataLoader[Any]]:
        """Return the loaders of ``val_dataloader``."""
        return self.val_dataloader()

    @property
    def predicted(self) -> tuple[str, ...]:
        """Splits of the target that ``dann predict`` predicts: the test split, or all of them without labels."""
        whole = self.target.labelled or self.setting == 'transductive'
        return ('test',) if whole else SPLITS

    def predict_dataloader(self) -> list[DataLoader[Any]]:
        """Return loaders of the target images that are ``predicted``."""
        return [loader(self._chunks('target', split), workers=self.workers) for split in self.predicted]

    def training_chunks(self, domain: str) -> Iterator[Tensor]:
        """Yield the training samples of a domain without labels and augmentation, in chunks."""
        for chunk in self._chunks(domain, 'train'):
            assert isinstance(chunk, Tensor)
            yield chunk

    def examples(self, count: int) -> tuple[Tensor, Tensor]:
        """Return ``count`` training images of each domain, in [0, 1]."""
        source, target = (
            evaluated(self.images[domain, 'train'][:count], self.augment) for domain in ('source', 'target')
        )
        return source, target


def _check_counts(least: int = 0, **counts: int | None) -> None:
    for name, count in counts.items():
        wanted = 'above 0' if least else 'of at least 0'
        check(count is not None and count >= least, f'expected `{name}` {wanted}, got {count}')
