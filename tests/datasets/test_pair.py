"""The datamodule delivers both domains and never opens a target label."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor
from toy import Toy
from watch import WATCH

from dann.core.errors import UserError
from dann.datasets import pair as datamodule
from dann.datasets.base import DomainDataset
from dann.datasets.few_labels import draw_shots
from dann.datasets.loading import Augment
from dann.datasets.pair import EVALUATED, DomainPair
from dann.datasets.storage.stored_domain import Samples


class Purple(Toy):
    """Has a class that nobody else has."""

    classes = ('red', 'purple', 'green')


class Reordered(Toy):
    """Has the same classes in another order."""

    classes = ('green', 'red', 'blue')


class Leaky(Toy):
    """Has a training sample among its test samples."""

    def make(self) -> dict[str, Samples]:
        splits = super().make()
        splits['test'].ids[3] = splits['train'].ids[7]
        return splits


@pytest.fixture
def opened() -> Iterator[list[str]]:
    WATCH.opened = []
    yield WATCH.opened
    WATCH.opened = None


def held(domain: DomainDataset, split: str) -> Tensor:
    images = domain.images(split)
    assert isinstance(images, Tensor)
    return images


def pair(root: Path, **options: Any) -> DomainPair:
    domains = {'source': Toy('a', root=str(root)), 'target': Toy('b', root=str(root))}
    return DomainPair(**{**domains, 'batch_size': 10, 'steps_per_epoch': 6, **options})


def ready(root: Path, **options: Any) -> DomainPair:
    data = pair(root, **options)
    data.prepare_data()
    data.setup()
    return data


def everything(data: DomainPair) -> list[Any]:
    loaders = [
        data.train_dataloader(),
        *data.val_dataloader(),
        *data.test_dataloader(),
        *data.predict_dataloader(),
    ]
    return [batch for loader in loaders for batch in loader]


def test_a_training_batch_is_a_labelled_source_and_a_bare_target(tmp_path: Path) -> None:
    data = ready(tmp_path)
    batches = list(data.train_dataloader())
    assert len(batches) == len(data.train_dataloader()) == 6
    for batch in batches:
        assert type(batch) is dict
        assert set(batch) == {'source', 'target', 'target_index'}
        (images, labels), target = batch['source'], batch['target']
        assert isinstance(target, Tensor)
        assert images.shape == target.shape == (10, 3, 8, 8)
        assert images.dtype == target.dtype == torch.float32
        assert labels.shape == (10,)
        assert labels.dtype == torch.int64
        for pixels in (images, target):
            assert pixels.min() >= 0
            assert 0.3 < pixels.max() <= 1


def keyed(images: Tensor) -> list[bytes]:
    return [image.numpy().tobytes() for image in images]


def test_training_images_are_those_of_their_domain_with_their_labels(tmp_path: Path) -> None:
    data = ready(tmp_path)
    source = dict(zip(keyed(held(data.source, 'train')), data.source.labels('train').tolist(), strict=True))
    target = set(keyed(held(data.target, 'train')))
    for batch in data.train_dataloader():
        images, labels = batch['source']
        assert [source[key] for key in keyed((images * 255).round().to(torch.uint8))] == labels.tolist()
        assert set(keyed((batch['target'] * 255).round().to(torch.uint8))) <= target


def trained(steps: int) -> Any:
    """Stand in for a trainer that has taken some steps."""
    return SimpleNamespace(fit_loop=SimpleNamespace(epoch_loop=SimpleNamespace(total_batch_idx=steps - 1)))


def test_the_next_interval_continues_where_the_last_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = ready(tmp_path, augment=Augment(1, flip=True))
    one, two = data.train_dataloader(), data.train_dataloader()
    first, trainer = list(one), trained(steps=6)
    monkeypatch.setattr(data, 'trainer', trainer)
    whole = list(ready(tmp_path, augment=Augment(1, flip=True), steps_per_epoch=12).train_dataloader())
    for batch, expected in zip([*first, *two], whole, strict=True):
        assert torch.equal(batch['source'][0], expected['source'][0])
        assert torch.equal(batch['target'], expected['target'])


class Recorder(pl.LightningModule):
    """Learns nothing and keeps every batch."""

    def __init__(self) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.batches: list[Any] = []

    def training_step(self, batch: Any, batch_idx: int) -> None:
        self.batches.append(batch)

    def configure_optimizers(self) -> None:
        return None


def train(recorder: Recorder, data: DomainPair, epochs: int) -> None:
    quiet: dict[str, Any] = {'logger': False, 'enable_progress_bar': False, 'enable_model_summary': False}
    trainer = pl.Trainer(
        accelerator='cpu', max_epochs=epochs, limit_val_batches=0, enable_checkpointing=False, **quiet
    )
    trainer.fit(recorder, datamodule=data)


unfit = pytest.mark.filterwarnings(
    'ignore:You passed in a `val_dataloader`', 'ignore:.*run with no optimizer'
)


@unfit
def test_lightning_trains_on_every_step_once_and_in_order(tmp_path: Path) -> None:
    recorder = Recorder()
    train(recorder, pair(tmp_path), epochs=3)
    whole = list(ready(tmp_path, steps_per_epoch=18).train_dataloader())
    for batch, expected in zip(recorder.batches, whole, strict=True):
        assert torch.equal(batch['source'][0], expected['source'][0])
        assert torch.equal(batch['source'][1], expected['source'][1])
        assert torch.equal(batch['target'], expected['target'])


def test_seed_and_augmentation_reach_the_batches(tmp_path: Path) -> None:
    variants: list[dict[str, Any]] = [{}, {'seed': 1}, {'augment': Augment(1)}]
    batches = [next(iter(ready(tmp_path, **options).train_dataloader())) for options in variants]
    plain, *others = [(batch['source'][0], batch['target']) for batch in batches]
    for other in others:
        assert not any(torch.equal(one, two) for one, two in zip(plain, other, strict=True))


@pytest.mark.parametrize('stage', ['val', 'test'])
def test_evaluation_yields_labels_of_the_source_alone(tmp_path: Path, stage: str) -> None:
    data = ready(tmp_path)
    loaders = data.val_dataloader() if stage == 'val' else data.test_dataloader()
    assert EVALUATED == ('source_val', 'target_val', 'target_test', 'source_test')
    source, val, test, source_test = ([*loader] for loader in loaders)
    assert torch.equal(torch.cat([x for x, _ in source]), held(data.source, 'val').float() / 255)
    assert torch.equal(torch.cat([y for _, y in source]), data.source.labels('val'))
    assert torch.equal(torch.cat(val), held(data.target, 'val').float() / 255)
    assert torch.equal(torch.cat(test), held(data.target, 'test').float() / 255)
    assert torch.equal(torch.cat([x for x, _ in source_test]), held(data.source, 'test').float() / 255)
    assert torch.equal(torch.cat([y for _, y in source_test]), data.source.labels('test'))
    assert torch.equal(torch.cat([*data.predict_dataloader()[0]]), torch.cat(test))


def source_test(data: DomainPair) -> tuple[list[bytes], list[int]]:
    batches = [*data.val_dataloader()[3]]
    images = (torch.cat([x for x, _ in batches]) * 255).round().to(torch.uint8)
    return keyed(images), torch.cat([y for _, y in batches]).tolist()


def test_of_a_large_source_test_split_as_many_are_drawn_by_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datamodule, 'SOURCE_TESTED', 7)
    data = ready(tmp_path)
    truth = dict(zip(keyed(held(data.source, 'test')), data.source.labels('test').tolist(), strict=True))
    images, labels = source_test(data)
    assert len(set(images)) == 7
    assert [truth[image] for image in images] == labels
    assert images == [image for image in truth if image in set(images)]  # a disk is read in order
    assert source_test(data) == source_test(ready(tmp_path)) == (images, labels)
    assert set(source_test(ready(tmp_path, seed=1))[0]) != set(images)
    monkeypatch.setattr(datamodule, 'SOURCE_TESTED', 12)
    assert source_test(ready(tmp_path))[0] == list(truth)


def test_no_file_of_target_labels_is_opened(tmp_path: Path, opened: list[str]) -> None:
    data = pair(tmp_path)
    data.prepare_data()
    opened.clear()
    for stage in ('fit', 'validate', 'test', 'predict'):
        data.setup(stage)
    everything(data)
    data.examples(4)
    mine = {str(Path(path).relative_to(tmp_path)) for path in opened if path.startswith(str(tmp_path))}
    source, target = data.source.folder.name, data.target.folder.name  # type: ignore[attr-defined]
    assert {path for path in mine if 'labels' in path} == {
        f'{source}/{split}.labels.npy' for split in ('train', 'val', 'test')
    }
    assert f'{target}/test.images.npy' in mine
    assert f'{source}/test.images.npy' in mine


def test_all_works_without_any_file_of_target_labels(tmp_path: Path) -> None:
    data = pair(tmp_path)
    data.prepare_data()
    folder = Toy('b', root=str(tmp_path)).folder
    files = sorted(folder.glob('*.labels.npy'))
    assert len(files) == 3
    for path in files:
        path.unlink()
    data.setup()
    assert len(everything(data)) == 6 + 2 * (4 + 4 + 1)


def test_the_supervised_reference_is_declared_and_yields_no_target_label_either(tmp_path: Path) -> None:
    data = ready(tmp_path, source=Toy('b', root=str(tmp_path)), reference=True)
    batch = next(iter(data.train_dataloader()))
    assert isinstance(batch['target'], Tensor)
    loaders = data.val_dataloader()
    assert len(loaders) == 3  # no test split of the source, whose labels are the target's
    assert all(isinstance(part, Tensor) for loader in loaders[1:] for part in loader)
    assert set(data.labels) == {'train', 'val'}
    assert data.num_classes == 3


def test_setup_reads_the_disk_once(tmp_path: Path, opened: list[str]) -> None:
    data = ready(tmp_path)
    opened.clear()
    data.setup('fit')
    data.setup('test')
    assert not [path for path in opened if path.startswith(str(tmp_path))]


class Sized(Toy):
    """Knows the size of its images, and cannot be put on disk."""

    size = 12

    def prepare(self) -> None:
        raise AssertionError('a size was asked for, and no pixel')


def test_the_shape_of_the_images_is_that_of_the_source_or_of_the_crop(tmp_path: Path) -> None:
    assert pair(tmp_path).image_shape == (3, 8, 8)
    assert pair(tmp_path, source=Sized('a')).image_shape == (3, 12, 12)
    assert pair(tmp_path, augment=Augment(crop=5)).image_shape == (3, 5, 5)


def test_examples_are_training_images_of_each_domain(tmp_path: Path) -> None:
    data = ready(tmp_path)
    source, target = data.examples(5)
    assert torch.equal(source, held(data.source, 'train')[:5].float() / 255)
    assert torch.equal(target, held(data.target, 'train')[:5].float() / 255)


def test_classes_on_one_side_alone_are_named(tmp_path: Path) -> None:
    said = (
        'toy/a and toy/b have different classes: '
        r"only in the source \['blue'\], only in the target \['purple'\]; make the class lists equal"
    )
    with pytest.raises(UserError, match=said):
        pair(tmp_path, target=Purple('b'))


def test_classes_in_another_order_are_another_list(tmp_path: Path) -> None:
    said = r'only in the source \[\], only in the target \[\], in another order; make the class lists equal'
    with pytest.raises(UserError, match=said):
        pair(tmp_path, target=Reordered('b'))


@pytest.mark.parametrize(
    ('domain', 'reference', 'said'),
    [
        ('a', False, 'source and target are both toy/a, .*; name two different domains'),
        (
            'b',
            True,
            'trains on its target, got source toy/a and target toy/b; .* leave out `reference: true`',
        ),
    ],
)
def test_a_domain_is_paired_with_itself_only_as_the_reference(
    tmp_path: Path, domain: str, reference: bool, said: str
) -> None:
    with pytest.raises(UserError, match=said):
        pair(tmp_path, target=Toy(domain), reference=reference)


def test_another_seed_of_the_same_domain_is_the_same_domain(tmp_path: Path) -> None:
    with pytest.raises(UserError, match='source and target are both toy/a'):
        pair(tmp_path, target=Toy('a', seed=1))


@pytest.mark.parametrize('side', ['source', 'target'])
@pytest.mark.parametrize('split', ['train', 'val', 'test'])
@pytest.mark.parametrize('size', [0, 1])
def test_a_split_without_samples_is_refused(tmp_path: Path, side: str, split: str, size: int) -> None:
    domain = {'source': 'a', 'target': 'b'}[side]
    options: dict[str, Any] = {split: size}
    needs = 10 if split == 'train' else 2
    said = rf'the {split} split of toy/{domain} has {size} samples, needs {needs}; .*add samples'
    with pytest.raises(UserError, match=said) as caught:
        ready(tmp_path, **{side: Toy(domain, root=str(tmp_path), **options)})
    assert ('lower `batch_size`' in str(caught.value)) is (split == 'train' and size > 0)


@pytest.mark.parametrize('side', ['source', 'target'])
def test_a_batch_larger_than_the_split_is_refused(tmp_path: Path, side: str) -> None:
    domain = {'source': 'a', 'target': 'b'}[side]
    small = Toy(domain, train=20, root=str(tmp_path))
    said = rf'the train split of toy/{domain} has 20 samples, needs 21; lower `batch_size` or add samples'
    with pytest.raises(UserError, match=said):
        ready(tmp_path, batch_size=21, **{side: small})
    assert len(next(iter(ready(tmp_path, batch_size=20, **{side: small}).train_dataloader()))['target']) == 20


@pytest.mark.parametrize(('side', 'domain'), [('target', 'b'), ('source', 'a')])
def test_a_sample_in_two_splits_is_refused(tmp_path: Path, side: str, domain: str) -> None:
    name = f'toy/{domain}'
    said = rf'sample {name}/train/7 of {name} is in the train and in the test split; .* take it out of one'
    with pytest.raises(UserError, match=said):
        ready(tmp_path, **{side: Leaky(domain, root=str(tmp_path))})


@pytest.mark.parametrize(
    ('option', 'value', 'least'),
    [
        ('batch_size', 0, 'above 0'),
        ('batch_size', None, 'above 0'),
        ('views', None, 'above 0'),
        ('shots', None, 'of at least 0'),
        ('batch_size', -4, 'above 0'),
        ('steps_per_epoch', 0, 'above 0'),
        ('seed', -1, 'of at least 0'),
    ],
)
def test_numbers_out_of_range_are_refused(tmp_path: Path, option: str, value: int | None, least: str) -> None:
    with pytest.raises(ValueError, match=rf'expected `{option}` {least}, got {value}'):
        pair(tmp_path, **{option: value})


def test_the_target_index_names_an_image_of_the_pool_and_not_its_place_in_the_file(tmp_path: Path) -> None:
    data = ready(tmp_path)
    pool = torch.cat(list(data.pool()))
    stored = held(data.target, 'train').float() / 255
    assert not torch.equal(pool, stored)
    assert sorted(keyed(pool)) == sorted(keyed(stored))
    for batch in data.train_dataloader():
        assert torch.equal(pool[batch['target_index']], batch['target'])


class SourceFree(Recorder):
    """Wants source images in the first quarter of the run."""

    online = False

    def source_steps(self, planned: int) -> int:
        return planned // 4


def test_chosen_samples_are_those_of_the_labels_and_of_the_target_index(tmp_path: Path) -> None:
    data = ready(tmp_path)
    rng = torch.Generator().manual_seed(0)
    source, target, index = (
        held(data.source, 'train'),
        torch.cat(list(data.pool())),
        torch.tensor([7, 0, 7, 21]),
    )
    assert torch.equal(data.drawn('source', index, rng), source[index].float() / 255)
    assert torch.equal(data.drawn('target', index, rng), target[index])
    assert len(data.drawn('target', index[:0], rng)) == 0


def test_chosen_samples_are_augmented_by_their_generator(tmp_path: Path) -> None:
    data = ready(tmp_path, augment=Augment(flip=True))
    one, same, other = (
        data.drawn('source', torch.arange(20), torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@unfit
def test_a_source_free_method_gets_no_source_image_after_its_share(tmp_path: Path) -> None:
    module = SourceFree()
    train(module, pair(tmp_path), epochs=2)
    assert [step for step, batch in enumerate(module.batches) if 'source' in batch] == [0, 1, 2]
    assert all('target' in batch for batch in module.batches)


@unfit
def test_an_online_method_gets_the_pool_once_and_in_order_after_its_source_images(tmp_path: Path) -> None:
    module, data = SourceFree(), pair(tmp_path, augment=Augment(shift=2, flip=True))
    module.online = True
    train(module, data, epochs=2)
    seen = [batch for batch in module.batches if 'source' not in batch]
    pool = torch.cat(list(data.pool()))
    count = sum(len(batch['target']) for batch in seen)
    assert torch.equal(torch.cat([batch['target_index'] for batch in seen]), torch.arange(count))
    assert torch.equal(torch.cat([batch['target'] for batch in seen]), pool[:count])


def test_shots_are_labelled_target_images_that_are_not_among_the_unlabelled(tmp_path: Path) -> None:
    data = ready(tmp_path, shots=2)
    truth = dict(zip(keyed(held(data.target, 'train')), data.target.labels('train').tolist(), strict=True))
    given: dict[bytes, int] = {}
    seen: set[bytes] = set()
    for batch in data.train_dataloader():
        images, labels = batch['shots']
        given |= dict(zip(keyed((images * 255).round().to(torch.uint8)), labels.tolist(), strict=True))
        seen |= set(keyed((batch['target'] * 255).round().to(torch.uint8)))
    assert sorted(given.values()) == [0, 0, 1, 1, 2, 2]
    assert all(truth[key] == label for key, label in given.items())
    assert not seen & given.keys()
    assert len(data.images['target', 'train']) == 48 - 6


def test_a_reference_with_shots_trains_on_these_alone(tmp_path: Path) -> None:
    target = Toy('b', root=str(tmp_path), groups=('x', 'y'))
    data = DomainPair(
        Toy('b', root=str(tmp_path), groups=('x', 'y')), target, batch_size=8, reference=True, shots=4
    )
    data.prepare_data()
    data.setup()
    positions, labels = draw_shots(target, 4, seed=0)
    assert torch.equal(data.images['source', 'train'][:], target.images('train')[positions])
    assert torch.equal(data.labels['train'], labels)
    assert torch.equal(data.groups['train'], target.groups('train')[positions])
    assert len(data.images['target', 'train']) == 48 - 12
    assert all('shots' not in batch for batch in data.train_dataloader())
    few = DomainPair(Toy('b', root=str(tmp_path)), target, batch_size=8, reference=True, shots=2)
    few.prepare_data()
    with pytest.raises(UserError, match='the reference 6 labelled samples, needs 8'):
        few.setup()


def test_without_shots_a_batch_has_none_and_too_many_are_refused(tmp_path: Path) -> None:
    assert all('shots' not in batch for batch in ready(tmp_path).train_dataloader())
    with pytest.raises(UserError, match=r'class red of toy/b has 16 samples, needs 17; lower `shots`'):
        ready(tmp_path, shots=17)
    with pytest.raises(ValueError, match='`shots` of at least 0, got -1'):
        pair(tmp_path, shots=-1)


def test_groups_of_the_source_belong_to_its_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datamodule, 'SOURCE_TESTED', 7)
    source = Toy('a', groups=('dusk', 'night'))
    data = DomainPair(source, Toy('b'), batch_size=8, steps_per_epoch=3)
    data.prepare_data()
    data.setup()
    for split in ('train', 'test'):
        truth = dict(zip(keyed(held(source, split)), source.groups(split).tolist(), strict=True))
        images = keyed(data.images['source', split][:])
        assert [truth[image] for image in images] == data.groups[split].tolist()
    truth = dict(zip(keyed(held(source, 'train')), source.groups('train').tolist(), strict=True))
    for batch in data.train_dataloader():
        images = keyed((batch['source'][0] * 255).round().to(torch.uint8))
        assert [truth[image] for image in images] == batch['source_groups'].tolist()
