"""The pieces that checks are made of."""

from __future__ import annotations

import math
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from toy import Toy
from training import make, module, pair

from dann.audit.certain import certain
from dann.audit.disjoint import disjoint_splits
from dann.audit.findings import Finding, together
from dann.audit.gradients.distance import deviations, energy_distance
from dann.audit.parts import networks_of_its_own, parts
from dann.audit.plain import plain_state
from dann.audit.sample import sampled, with_other_images, with_other_labels
from dann.audit.scrambling import other_labels
from dann.audit.watch import Watch, without
from dann.audit.weights import compared, differing
from dann.core.schedules import Linear
from dann.datasets import DomainPair


def ready(**options: Any) -> DomainPair:
    data = pair(**options)
    data.prepare_data()
    data.setup()
    return data


def small(data: DomainPair) -> DomainPair:
    return sampled(data, batch_size=8, steps_per_epoch=4, train=16)


def test_every_label_is_another_and_none_stays_none() -> None:
    labels = torch.tensor([0, 1, 2, -1] * 25)
    other = other_labels(labels, 3)
    assert (other[labels < 0] == -1).all()
    assert (other[labels >= 0] != labels[labels >= 0]).all()
    assert other.max() == 2
    assert other[labels >= 0].min() == 0


def test_energy_distance_is_that_of_a_slow_loop() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(7, 3)), rng.normal(1, 2, size=(5, 3))

    def mean(one: np.ndarray, other: np.ndarray) -> float:
        return float(np.mean([math.dist(a, b) for a in one for b in other]))

    expected = 2 * mean(x, y) - mean(x, x) - mean(y, y)
    assert energy_distance(torch.from_numpy(x), torch.from_numpy(y)) == pytest.approx(expected, abs=1e-12)


def test_a_constant_column_counts_nothing() -> None:
    x = torch.tensor([[1.0, 5.0], [3.0, 5.0]])
    assert (x / deviations(x, x))[:, 1].tolist() == [0.0, 0.0]


def test_the_sample_is_of_the_pair_s_own_images_and_labels() -> None:
    data = ready()
    part = small(data)
    assert len(part.images['source', 'train']) == 16
    assert part.steps_per_epoch == 4
    whole = data.images['source', 'train'][:]
    for image, label in zip(part.images['source', 'train'][:], part.labels['train'], strict=True):
        (place,) = (whole == image).flatten(1).all(dim=1).nonzero().flatten().tolist()
        assert data.labels['train'][place] == label
    assert sorted(part.pool_order.tolist()) == list(range(16))
    target = data.target.images('val')[vars(part.target)['positions']['val']]
    assert part.images['target', 'val'][:].equal(target[:])


def test_other_labels_reach_memory_and_disk_and_no_image(tmp_path: Path) -> None:
    part = small(ready())
    changed = with_other_labels(part, str(tmp_path))
    toy = changed.target
    assert isinstance(toy, Toy)
    for split in ('train', 'val', 'test'):
        assert (toy.labels(split) != part.target.labels(split)).all()
        assert changed.images['target', split][:].equal(part.images['target', split][:])
    whole = vars(toy)['whole']
    files = np.load(whole.folder / 'train.labels.npy')
    assert whole.folder.is_relative_to(tmp_path)
    assert (files != np.load(vars(part.target)['whole'].folder / 'train.labels.npy')).all()
    assert changed.labels['train'].equal(part.labels['train'])


class Telling(Toy):
    """Draws the label into a corner whenever an image is asked for."""

    def images(self, split: str) -> Tensor:
        images = super().images(split)
        images[:, :, 0, 0] = self.labels(split)[:, None].to(torch.uint8)
        return images


def test_images_that_tell_the_label_change_with_it(tmp_path: Path) -> None:
    part = small(ready(target=Telling('b')))
    changed = with_other_labels(part, str(tmp_path))
    assert not changed.images['target', 'train'][:].equal(part.images['target', 'train'][:])


def test_other_images_are_those_of_the_target_alone() -> None:
    part = small(ready())
    changed = with_other_images(part)
    assert changed.images['target', 'train'][:].equal(255 - part.images['target', 'train'][:])
    assert changed.images['source', 'train'][:].equal(part.images['source', 'train'][:])


class Repeating(Toy):
    """Its first test image is a training image."""

    def images(self, split: str) -> Tensor:
        images = super().images(split)
        if split == 'test':
            images[0] = super().images('train')[5]
        return images


def test_an_image_in_two_splits_is_named() -> None:
    assert disjoint_splits(ready()).verdict == 'pass'
    finding = disjoint_splits(ready(target=Repeating('b')))
    assert finding.verdict == 'fail'
    assert 'target train and in target test, for example toy/b/train/5 and toy/b/test/0' in finding.evidence


def test_images_of_one_colour_are_no_copies() -> None:
    class Black(Toy):
        def images(self, split: str) -> Tensor:
            images = super().images(split)
            images[0] = 0
            return images

    assert disjoint_splits(ready(target=Black('b'))).verdict == 'pass'


def test_plain_numbers_are_found_and_buffers_are_not() -> None:
    part = nn.Module()
    part.register_buffer('kept', torch.zeros(()))
    vars(part).update(steps=3, schedule=Linear(0.0, 2.0), sizes=(1, 2), name='x')
    whole = nn.ModuleDict({'part': part})
    assert plain_state(whole) == {
        'part.steps': 3,
        'part.schedule.start': 0.0,
        'part.schedule.stop': 2.0,
        'part.sizes': (1, 2),
    }


def test_parts_and_networks_are_found_in_sums() -> None:
    both = module(make('Together'))
    assert [(part.name, part.family) for part in parts(both)] == [
        ('alignment.alignments.0', 'adversarial'),
        ('alignment.alignments.1', 'moments'),
    ]
    assert list(networks_of_its_own(both)) == ['alignment.alignments.0.critic']
    assert list(networks_of_its_own(module(make('MeanTeacher')))) == ['teacher']
    assert not networks_of_its_own(module())


def test_a_term_is_silenced_and_its_owner_known() -> None:
    torch.manual_seed(0)
    batch = next(iter(ready().train_dataloader()))
    model, watch = module(make('Together')), Watch()
    watch.attach(model)
    model.losses(batch, 0.5)
    assert watch.owners == {'domain': 'alignment.alignments.0', 'coral': 'alignment.alignments.1'}
    without('domain')(model)
    losses = model.losses(batch, 0.5)
    assert losses['domain'] == 0
    assert losses['domain'].requires_grad
    assert losses['source'] > 0


def test_certain_predictions_are_certain() -> None:
    data = ready()
    model = module(make('MeanTeacher'), normed=True)
    certain(model, pair=data)
    images = data.images['target', 'train'][: data.batch_size].float() / 255
    assert model.network(images).probabilities.amax(dim=1).median() > 0.97
    teacher: Any = model.teacher
    assert teacher.network.head[-1].weight.equal(model.network.head[-1].weight)


def test_states_are_compared_to_the_last_bit() -> None:
    one = {'a': torch.ones(2), 'b': torch.zeros(1)}
    other = copy(one) | {'a': torch.ones(2) + torch.tensor([0.0, 1e-7])}
    assert differing(one, one) == []
    assert differing(one, other) == ['a']
    assert differing(one, {'a': one['a']}) == ['b']
    assert compared(one, other).startswith('1 of 2 tensors differ, by up to 1.2e-07')


def test_several_findings_are_as_bad_as_the_worst() -> None:
    parts = [Finding('x', 'pass', 'a'), Finding('x', 'does not apply', 'b')]
    assert together('x', parts) == Finding('x', 'pass', 'a; b')
    assert together('x', [*parts, Finding('x', 'fail', 'c')]) == Finding('x', 'fail', 'c; a; b')
