"""Batches are the same wherever the pixels are and however many processes load them, resumed or not."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from photos import Photos, write_pair
from torch import Tensor
from toy import Toy

from dann.datasets import Augment, DomainPair
from dann.datasets.images import LazyImages, MappedImages, chosen, joined

unfit = pytest.mark.filterwarnings(
    'ignore:You passed in a `val_dataloader`', 'ignore:.*run with no optimizer', 'ignore:.*does not have'
)


@pytest.fixture(scope='module')
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pair(tmp_path_factory.mktemp('photos'))


@pytest.fixture(autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path_factory.getbasetemp() / 'cache'))


def pair(root: Path, keep: str = 'memory', **options: Any) -> DomainPair:
    day, night = (Photos(root, domain, keep=keep) for domain in ('day', 'night'))
    given: dict[str, Any] = {
        'batch_size': 6,
        'steps_per_epoch': 5,
        'augment': Augment(1, flip=True),
        'seed': 3,
    }
    data = DomainPair(day, night, **given | options)
    data.prepare_data()
    data.setup()
    return data


def leaves(batch: Any) -> Iterator[Tensor]:
    for part in batch.values() if isinstance(batch, dict) else batch:
        if isinstance(part, Tensor):
            yield part
        else:
            yield from leaves(part)


def assert_same(ones: Any, others: Any) -> None:
    for one, other in zip(ones, others, strict=True):
        pairs = [(one, other)] if isinstance(one, Tensor) else zip(leaves(one), leaves(other), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)


VARIANTS = [('memory', 2), ('disk', 0), ('disk', 2), ('files', 0), ('files', 2)]


@pytest.mark.parametrize(('keep', 'workers'), VARIANTS)
def test_every_batch_is_the_one_from_memory(root: Path, keep: str, workers: int) -> None:
    options: dict[str, Any] = {'shots': 2, 'batch_size': 5, 'augment': Augment(flip=True, crop=6)}
    plain = pair(root, num_workers=0, **options)
    other = pair(root, keep, num_workers=workers, **options)
    assert isinstance(other.images['target', 'train'], Tensor) is (keep == 'memory')
    assert_same(plain.train_dataloader(), other.train_dataloader())
    for one, two in zip(plain.val_dataloader(), other.val_dataloader(), strict=True):
        assert_same(one, two)
    assert_same(plain.pool(), other.pool())
    assert_same(plain.examples(4), other.examples(4))


def test_workers_are_for_lazy_images_unless_asked_for(root: Path) -> None:
    assert pair(root).workers == 0
    assert pair(root, 'disk').workers > 0
    assert pair(root, 'disk', num_workers=0).workers == 0
    assert pair(root, num_workers=1).workers == 1
    with pytest.raises(ValueError, match='`num_workers` of at least 0, got -1'):
        pair(root, num_workers=-1)


def test_a_process_that_may_have_no_children_loads_itself(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = pair(root, 'disk', num_workers=2)
    monkeypatch.setattr(
        'dann.datasets.pair.mp.current_process', lambda: type('Process', (), {'daemon': True})
    )
    assert data.workers == 0


def test_loading_ahead_takes_no_number_from_the_run(root: Path) -> None:
    data = pair(root, 'files', num_workers=1)
    torch.manual_seed(0)
    state = torch.get_rng_state()
    loaders: list[Any] = [data.pool(), data.train_dataloader(), *data.val_dataloader()]
    assert sum(len(list(batches)) for batches in loaders) > 10
    assert torch.equal(torch.get_rng_state(), state)


def test_few_labelled_images_are_taken_out_of_lazy_ones(root: Path) -> None:
    data = pair(root, 'disk', shots=2)
    images = data.images['target', 'train']
    assert isinstance(images, LazyImages)
    assert len(images) == 21 - 6


class Recorder(pl.LightningModule):
    """Learns nothing, keeps the target indices of every batch, and may die at a step."""

    def __init__(self, dies: int | None = None) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.seen: list[list[int]] = []
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.dies = dies

    def training_step(self, batch: Any, batch_idx: int) -> None:
        if len(self.seen) == self.dies:
            raise KeyboardInterrupt
        self.seen.append([*batch['target_index'].tolist(), round(float(batch['source'][0].sum()) * 100)])

    def configure_optimizers(self) -> None:
        # as our modules do; it makes the iterator, before a checkpoint's state is restored
        self.trainer.fit_loop.setup_data()


class Save(pl.Callback):
    """Saves after each step."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        trainer.save_checkpoint(self.path)


def train(recorder: Recorder, data: DomainPair, path: Path, resume: Path | None = None) -> None:
    quiet: dict[str, Any] = {'logger': False, 'enable_progress_bar': False, 'enable_model_summary': False}
    trainer = pl.Trainer(
        accelerator='cpu',
        max_epochs=3,
        limit_val_batches=0,
        enable_checkpointing=False,
        callbacks=[Save(path)],
        **quiet,
    )
    trainer.fit(recorder, datamodule=data, ckpt_path=resume, weights_only=False)


@unfit
@pytest.mark.parametrize('dies', [5, 7])
@pytest.mark.parametrize(('keep', 'workers'), [('memory', 0), ('files', 2)])
def test_a_killed_run_goes_on_with_the_batches_it_would_have_had(
    root: Path, tmp_path: Path, keep: str, workers: int, dies: int
) -> None:
    whole, first, rest = Recorder(), Recorder(dies), Recorder()
    train(whole, pair(root), tmp_path / 'whole.ckpt')
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        train(first, pair(root, keep, num_workers=workers), tmp_path / 'last.ckpt')
    train(rest, pair(root, keep, num_workers=workers), tmp_path / 'rest.ckpt', tmp_path / 'last.ckpt')
    assert len(whole.seen) == 15
    assert first.seen + rest.seen == whole.seen


def test_a_crop_larger_than_the_images_is_refused(root: Path) -> None:
    with pytest.raises(ValueError, match='`crop` of at most the 8 pixels of the images, got 9; enlarge'):
        pair(root, augment=Augment(crop=9))


def test_a_toy_pair_has_no_workers() -> None:
    data = DomainPair(Toy('a'), Toy('b'), batch_size=10)
    data.prepare_data()
    data.setup()
    assert data.workers == 0


def test_some_of_lazy_images_are_those_of_their_positions(root: Path) -> None:
    images = pair(root, 'files').images['target', 'train']
    some = chosen(images, torch.tensor([4, 1, 9]))
    assert isinstance(some, LazyImages)
    assert torch.equal(some[:], images[torch.tensor([4, 1, 9])])
    assert torch.equal(some[torch.tensor([2, 0])], images[torch.tensor([9, 4])])


def test_a_mapped_file_travels_without_its_pixels(tmp_path: Path) -> None:
    np.save(
        tmp_path / 'images.npy', np.arange(3 * 64 * 64, dtype=np.int64).astype(np.uint8).reshape(1, 3, 64, 64)
    )
    images = MappedImages(tmp_path / 'images.npy')
    packed = pickle.dumps(images)
    assert len(packed) < 1000
    assert torch.equal(pickle.loads(packed)[:], images[:])


def test_joined_images_stand_one_behind_the_other_in_memory_or_not(root: Path) -> None:
    held, files = (Photos(root, keep=keep) for keep in ('memory', 'files'))
    for domain in (held, files):
        domain.prepare()
    whole = torch.cat([held.images(split)[:] for split in ('train', 'val', 'test')])
    in_memory = joined([held.images(split) for split in ('train', 'val', 'test')])
    assert isinstance(in_memory, Tensor)
    lazy = joined([files.images('train'), held.images('val'), files.images('test')])
    assert isinstance(lazy, LazyImages)
    assert lazy.shape == whole.shape
    for index in (slice(None), slice(19, 26), torch.tensor([29, 0, 21, 22, 5])):
        assert torch.equal(lazy[index], whole[index])
        assert torch.equal(in_memory[index], whole[index])
    other = joined([files.images('val'), held.images('val')])
    assert isinstance(other, LazyImages)
    assert lazy.identity() != other.identity()
