"""A part of a pair, and that part with one thing changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from audited import ready, small
from many_sources import sources
from torch import Tensor
from toy import Toy

from dann.audit.sample import sample_pair, with_other_images, with_other_labels
from dann.audit.wrapped_domains import Excerpt


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
    assert isinstance(part.target, Excerpt)
    target = data.target.images('val')[part.target.positions['val']]
    assert part.images['target', 'val'][:].equal(target[:])


def test_other_labels_reach_memory_and_disk_and_no_image(tmp_path: Path) -> None:
    part = small(ready())
    changed = with_other_labels(part, str(tmp_path))
    toy = changed.target
    assert isinstance(part.target, Excerpt)
    for split in ('train', 'val', 'test'):
        assert (toy.labels(split) != part.target.labels(split)).all()
        assert changed.images['target', split][:].equal(part.images['target', split][:])
    before, after = part.target.folder, getattr(toy, 'folder')  # noqa: B009
    assert after.is_relative_to(tmp_path)
    assert (np.load(after / 'train.labels.npy') != np.load(before / 'train.labels.npy')).all()
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


def test_of_several_sources_each_sample_still_says_where_it_is_from() -> None:
    data = sources(unseen=[Toy('c')])
    data.prepare_data()
    data.setup()
    part = sample_pair(data, batch_size=9, steps_per_epoch=4, train=16)
    whole, origins = data.images['source', 'train'][:], data.source.origins('train')
    kept = part.source.origins('train')
    assert origins is not None
    assert kept is not None
    assert kept.bincount().tolist() == [6, 6, 6]
    for image, origin in zip(part.images['source', 'train'][:], kept.tolist(), strict=True):
        assert origins[(whole == image).flatten(1).all(dim=1).nonzero()[0, 0]] == origin
    assert part.num_sources == 3
    assert part.unseen == ()
    assert part.evaluated == ('source_val', 'target_val', 'target_test', 'source_test')
    assert next(iter(part.train_dataloader()))['source_domain'].bincount().tolist() == [3, 3, 3]
