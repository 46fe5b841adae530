"""Every batch is a pure function of seed and step, and covers its domain evenly."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from dann.datasets.loading import Augment, Batch, PairedBatches, SplitChunks, StepSampler, of_sources


def numbered(count: int) -> Tensor:
    """Images that carry their own number in every pixel."""
    return torch.arange(count, dtype=torch.uint8)[:, None, None, None].expand(count, 3, 2, 2).contiguous()


def paired(source: int = 23, target: int = 17, *, batch_size: int = 5, seed: int = 0) -> PairedBatches:
    return PairedBatches(
        numbered(source),
        torch.arange(source) + 1000,
        numbered(target),
        batch_size=batch_size,
        seed=seed,
        augment=Augment(),
    )


def numbers(pixels: Tensor) -> list[int]:
    return [round(value) for value in (pixels[:, 0, 0, 0] * 255).tolist()]


def order(batches: PairedBatches, domain: str, steps: int) -> list[int]:
    drawn = [batches[step] for step in range(steps)]
    return [
        number
        for batch in drawn
        for number in numbers(batch['source'][0] if domain == 'source' else batch['target'])
    ]


def equal(one: Batch, two: Batch) -> bool:
    return all(
        torch.equal(a, b)
        for a, b in zip((*one['source'], one['target']), (*two['source'], two['target']), strict=True)
    )


def augmenting(seed: int = 0) -> PairedBatches:
    generator = torch.Generator().manual_seed(9)
    images = torch.randint(256, (40, 3, 6, 6), generator=generator).to(torch.uint8)
    return PairedBatches(
        images[:23],
        torch.arange(23),
        images[23:],
        batch_size=5,
        seed=seed,
        augment=Augment(2, flip=True),
    )


def test_a_batch_does_not_depend_on_what_was_read_before() -> None:
    one = augmenting()
    forwards = [one[step] for step in range(20)]
    for step in np.random.default_rng(0).permutation(20).tolist():
        assert equal(one[step], forwards[step])
        assert equal(augmenting()[step], forwards[step])


def test_a_batch_does_not_depend_on_global_generators() -> None:
    torch.manual_seed(0)
    first = augmenting()[3]
    torch.manual_seed(1)
    state = torch.get_rng_state()
    assert equal(augmenting()[3], first)
    assert torch.equal(torch.get_rng_state(), state)


def test_another_seed_and_another_step_give_another_batch() -> None:
    assert not equal(augmenting(0)[3], augmenting(1)[3])
    assert not equal(augmenting(0)[3], augmenting(0)[4])
    assert order(paired(seed=0), 'source', 5) != order(paired(seed=1), 'source', 5)
    assert order(paired(seed=0), 'target', 5) != order(paired(seed=1), 'target', 5)


@pytest.mark.parametrize('batch_size', [1, 5, 23, 24, 60])
@pytest.mark.parametrize('domain', ['source', 'target'])
def test_every_sample_comes_once_before_any_comes_again(domain: str, batch_size: int) -> None:
    size = {'source': 23, 'target': 17}[domain]
    drawn = order(paired(batch_size=batch_size), domain, steps=-(-4 * size // batch_size))
    epochs = [drawn[first : first + size] for first in range(0, 4 * size, size)]
    for epoch in epochs:
        assert sorted(epoch) == list(range(size))
    assert len({tuple(epoch) for epoch in epochs}) == 4
    assert list(range(size)) not in epochs


def test_labels_belong_to_their_images() -> None:
    batches = paired()
    for step in range(12):
        images, labels = batches[step]['source']
        assert [number + 1000 for number in numbers(images)] == labels.tolist()


def test_both_domains_give_a_full_batch_at_every_step() -> None:
    batches = paired(source=23, target=4, batch_size=9)
    for step in range(10):
        assert (
            len(batches[step]['source'][0])
            == len(batches[step]['source'][1])
            == len(batches[step]['target'])
            == 9
        )


def test_the_order_of_one_domain_does_not_tell_that_of_the_other() -> None:
    batches = paired(source=200, target=200, batch_size=20)
    source, target = (np.array(order(batches, domain, 10)) for domain in ('source', 'target'))
    assert abs(np.corrcoef(source, target)[0, 1]) < 0.25
    assert (source == target).mean() < 0.05
    assert order(paired(source=23), 'target', 9) == order(paired(source=11), 'target', 9)
    assert order(paired(target=17), 'source', 9) == order(paired(target=13), 'source', 9)


def test_a_batch_holds_images_between_zero_and_one_and_nothing_else() -> None:
    batches = paired()
    batch: Any = batches[0]
    assert set(batch) == {'source', 'target', 'target_index'}
    assert isinstance(batch['source'], tuple)
    assert isinstance(batch['target'], Tensor)
    assert batch['target'].dtype == batch['source'][0].dtype == torch.float32
    for step in range(5):
        assert torch.equal(batches[step]['target'] * 255, (batches[step]['target'] * 255).round())
        assert batches[step]['target'].max() <= 1
    assert torch.equal(batches.images[:], numbered(23))
    assert torch.equal(batches.target[:], numbered(17))


def by_hand(images: Tensor, shift: int, *, flip: bool, seed: int) -> NDArray[np.uint8]:
    """Crop each image out of its repeated border, and mirror it, one after the other."""
    generator = torch.Generator().manual_seed(seed)
    count, _, height, width = images.shape
    moves = torch.randint(-shift, shift + 1, (2, count, 1), generator=generator)
    mirrored = (
        torch.rand(count, 1, generator=generator) < 0.5 if flip else torch.zeros(count, 1, dtype=torch.bool)
    )
    results = []
    for number, image in enumerate(images.numpy()):
        padded = np.pad(image, ((0, 0), (shift, shift), (shift, shift)), mode='edge')
        top, left = (shift + int(moves[axis, number, 0]) for axis in (0, 1))
        cut = padded[:, top : top + height, left : left + width]
        results.append(cut[:, :, ::-1] if mirrored[number, 0] else cut)
    return np.stack(results)


@pytest.mark.parametrize('shape', [(40, 3, 8, 8), (40, 1, 5, 9), (1, 3, 4, 4), (40, 2, 2, 3)])
@pytest.mark.parametrize(('shift', 'flip'), [(2, False), (0, True), (3, True), (1, True)])
def test_augmentation_is_a_crop_of_the_padded_image(shape: tuple[int, ...], shift: int, flip: bool) -> None:
    images = torch.randint(256, shape, generator=torch.Generator().manual_seed(1)).to(torch.uint8)
    before = images.clone()
    result = Augment(shift, flip=flip)(images, torch.Generator().manual_seed(7))
    assert result.dtype == torch.uint8
    np.testing.assert_array_equal(result.numpy(), by_hand(images, shift, flip=flip, seed=7))
    assert torch.equal(images, before)


def test_no_augmentation_is_the_identity() -> None:
    images = numbered(4)
    assert Augment()(images, torch.Generator()) is images


def test_a_negative_shift_is_refused() -> None:
    with pytest.raises(ValueError, match='expected `shift` of at least 0, got -1'):
        Augment(-1)


def test_both_domains_are_augmented_from_the_same_distribution() -> None:
    """Images are ramps, so that a pixel and its neighbour tell the shift and the mirror."""
    ramp = torch.arange(100, dtype=torch.uint8).view(1, 1, 10, 10).expand(30, 1, 10, 10).contiguous()
    batches = PairedBatches(ramp, torch.zeros(30), ramp, batch_size=30, seed=0, augment=Augment(1, flip=True))
    seen: dict[str, Counter[tuple[bool, int]]] = {'source': Counter(), 'target': Counter()}
    together = 0
    for step in range(60):
        batch = batches[step]
        together += int((batch['source'][0] == batch['target']).flatten(1).all(dim=1).sum())
        for domain, images in (('source', batch['source'][0]), ('target', batch['target'])):
            centre = (images[:, 0, 5, 5] * 255).round().long()
            rising = (images[:, 0, 5, 6] > images[:, 0, 5, 5]).tolist()
            seen[domain].update(zip(rising, centre.tolist(), strict=True))
    for counts in seen.values():
        assert len(counts) == 18
        # 1,800 draws of 18 equally likely outcomes: 100 of each, give or take 5 standard deviations of 9.7
        assert all(51 <= count <= 149 for count in counts.values())
    assert together < 200  # 100 of 1,800 agree by chance


def test_step_numbers_continue_from_interval_to_interval() -> None:
    numbers: list[int] = []
    steps = StepSampler(7, lambda: len(numbers))
    for _ in range(3):
        assert len(steps) == 7
        numbers += list(steps)
    assert numbers == list(range(21))


@pytest.mark.parametrize('taken', range(22))
def test_a_run_goes_on_with_the_step_it_was_killed_at(taken: int) -> None:
    ahead = list(StepSampler(7, lambda: taken))
    assert ahead[0] == taken
    assert ahead == list(range(taken, 7 * (taken // 7 + 1)))


def test_how_far_a_run_is_matters_only_at_the_first_step() -> None:
    taken = 0
    numbers = iter(StepSampler(7, lambda: taken))
    taken = 10
    assert next(numbers) == 10
    taken = 3
    assert list(numbers) == [11, 12, 13]


@pytest.mark.parametrize(
    ('count', 'size', 'lengths'), [(23, 5, [5] * 4 + [3]), (20, 5, [5] * 4), (3, 250, [3])]
)
@pytest.mark.parametrize('labelled', [False, True])
def test_chunks_cover_a_split_in_order(count: int, size: int, lengths: list[int], labelled: bool) -> None:
    images = numbered(count)
    labels = torch.arange(count) if labelled else None
    chunks = SplitChunks(images, labels, size=size)
    assert len(chunks) == len(lengths)
    parts: list[Any] = [chunks[index] for index in range(len(chunks))]
    assert all(isinstance(part, tuple if labelled else Tensor) for part in parts)
    pixels = [part[0] for part in parts] if labelled else parts
    assert [len(part) for part in pixels] == lengths
    assert torch.equal(torch.cat(pixels), images.float() / 255)
    if labels is not None:
        assert torch.equal(torch.cat([part[1] for part in parts]), labels)
    assert torch.equal(images, numbered(count))


def test_a_split_in_chunks_has_250_samples_each() -> None:
    assert [len(SplitChunks(torch.zeros(count, 1, 1, 1), size=250)) for count in (249, 250, 251)] == [1, 1, 2]


def test_shots_are_drawn_anew_for_each_step_and_keep_their_labels() -> None:
    shots = numbered(30), torch.arange(30) + 100
    options: dict[str, Any] = {'batch_size': 5, 'seed': 0, 'augment': Augment(), 'shots': shots}
    batches = PairedBatches(numbered(23), torch.arange(23), numbered(17), **options)
    seen: Counter[int] = Counter()
    for step in range(40):
        images, labels = batches[step]['shots']
        assert [number + 100 for number in numbers(images)] == labels.tolist()
        assert len(set(labels.tolist())) == len(labels) == 5
        seen.update(numbers(images))
    # 200 draws of 30: 6.7 each, and none misses all of them
    assert set(seen) == set(range(30))


def test_an_order_moves_images_and_labels_together() -> None:
    order = torch.tensor([3, 0, 2, 1])
    [(images, labels)] = SplitChunks(numbered(4), torch.arange(4) + 10, size=9, order=order)
    assert numbers(images) == order.tolist()
    assert labels.tolist() == (order + 10).tolist()


def test_a_target_image_is_known_by_its_position() -> None:
    batches = paired()
    batches.positions = torch.arange(17).flip(0)
    for step in range(7):
        batch = batches[step]
        assert batch['target_index'].tolist() == [16 - number for number in numbers(batch['target'])]


def test_online_target_images_come_once_in_the_order_of_their_positions_and_unchanged() -> None:
    places = torch.tensor([3, 0, 6, 1, 5, 2, 4])
    generator = torch.Generator().manual_seed(9)
    images = torch.randint(256, (20, 3, 6, 6), generator=generator).to(torch.uint8)
    target = images[:7]
    batches = PairedBatches(
        images,
        torch.arange(20),
        target,
        batch_size=3,
        seed=0,
        augment=Augment(shift=2, flip=True),
        positions=places,
        source_steps=4,
        online=True,
    )
    before = [batches[step] for step in range(4)]
    assert all('source' in batch and len(batch['target']) == 3 for batch in before)
    after = [batches[step] for step in range(4, 7)]
    assert not any('source' in batch for batch in after)
    assert [batch['target_index'].tolist() for batch in after] == [[0, 1, 2], [3, 4, 5], [6]]
    seen = torch.cat([batch['target'] for batch in after])
    assert torch.equal(seen, target[places.argsort()].float() / 255)


def test_a_part_of_the_sources_of_a_batch() -> None:
    whole: Batch = {
        'source': (numbered(6), torch.arange(6)),
        'source_domain': torch.tensor([0, 1, 2, 0, 1, 2]),
        'source_groups': torch.arange(6) + 10,
        'target': numbered(2),
        'target_index': torch.arange(2),
    }
    part = of_sources(whole, torch.tensor([2, 0]))
    assert part['source'][1].tolist() == [0, 2, 3, 5]
    assert torch.equal(part['source'][0], numbered(6)[[0, 2, 3, 5]])
    assert part['source_domain'].tolist() == [0, 2, 0, 2]
    assert part['source_groups'].tolist() == [10, 12, 13, 15]
    assert part['target'] is whole['target']
    assert of_sources(whole, torch.tensor(1))['source'][1].tolist() == [1, 4]
