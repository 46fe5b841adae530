"""Splits that are not published are drawn by content, and no class is left without training images."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from dann.core.errors import UserError
from dann.datasets.splitting import _give_back, check_classes, identities, split


def drawn(count: int, **options: Any) -> dict[str, list[int]]:
    given: dict[str, Any] = {
        'published': [None] * count,
        'labels': [index % 2 for index in range(count)],
        'contents': [str(index) for index in range(count)],
        'val': 0.1,
        'test': 0.2,
        'seed': 0,
    }
    return split(**given | options)


def test_splits_divide_the_images_and_depend_on_the_seed() -> None:
    parts = drawn(50)
    assert {name: len(part) for name, part in parts.items()} == {'train': 35, 'val': 5, 'test': 10}
    assert sorted(index for part in parts.values() for index in part) == list(range(50))
    assert drawn(50, seed=1) != parts == drawn(50)


def test_a_published_split_is_left_alone_and_the_missing_one_is_drawn_from_training() -> None:
    published = ['test'] * 10 + ['train'] * 40
    for given in (published, ['test'] * 10 + [None] * 40):
        parts = drawn(50, published=given)
        assert parts['test'] == list(range(10))
        assert len(parts['val']) == 4
    whole = published[:-5] + ['val'] * 5
    assert drawn(50, published=whole)['val'] == list(range(45, 50))


@pytest.mark.parametrize('seed', range(30))
def test_training_lacks_no_class_that_has_three_images(seed: int) -> None:
    labels = [0] * 14 + [1] * 3 + [2] * 3
    parts = drawn(20, labels=labels, val=0.3, test=0.4, seed=seed)
    assert Counter(labels[index] for index in parts['train']).keys() == {0, 1, 2}
    assert sum(map(len, parts.values())) == 20


def test_a_drawn_split_has_two_of_six() -> None:
    assert {name: len(part) for name, part in drawn(6).items()} == {'train': 2, 'val': 2, 'test': 2}


def test_a_draw_is_at_random_and_leaves_no_order() -> None:
    """An image is as likely to be drawn whether it comes first or last."""
    counts: Counter[int] = Counter()
    for seed in range(200):
        parts = drawn(20, seed=seed)
        counts.update(parts['val'] + parts['test'])
        assert all(part == sorted(part) for part in parts.values())
    # 6 of 20 in 200 draws: 60 each, give or take 5 standard deviations of 6.5
    assert len(counts) == 20
    assert all(28 <= count <= 92 for count in counts.values())


def test_copies_go_into_one_split() -> None:
    contents = [str(index // 3) for index in range(60)]
    for seed in range(10):
        parts = drawn(60, contents=contents, labels=[0] * 60, seed=seed)
        places = {name: {contents[index] for index in part} for name, part in parts.items()}
        assert not places['train'] & places['val']
        assert not places['train'] & places['test']
        assert not places['val'] & places['test']
        assert {name: len(part) for name, part in parts.items()} == {'train': 42, 'val': 6, 'test': 12}


def test_a_class_gets_an_image_back_with_its_copies_from_the_larger_split() -> None:
    found: dict[str, list[int]] = {'train': [0, 1], 'val': [2], 'test': [3, 4, 5]}
    labels, contents = [0, 0, 1, 1, 1, 1], ['a', 'b', 'c', 'd', 'd', 'e']
    groups = {'a': [0], 'b': [1], 'c': [2], 'd': [3, 4], 'e': [5]}
    _give_back(found, ['val', 'test'], labels, groups, contents)
    assert found == {'train': [0, 1, 3, 4], 'val': [2], 'test': [5]}


def test_a_class_of_two_contents_gets_none_back() -> None:
    found: dict[str, list[int]] = {'train': [0], 'val': [1], 'test': [2]}
    _give_back(found, ['val', 'test'], [0, 1, 1], {'a': [0], 'b': [1], 'c': [2]}, ['a', 'b', 'c'])
    assert found == {'train': [0], 'val': [1], 'test': [2]}


def test_images_without_a_split_are_drawn_beside_those_that_have_one() -> None:
    published = ['train'] * 10 + [None] * 20 + ['test'] * 5
    parts = drawn(35, published=published)
    assert set(range(10)) <= set(parts['train'])
    assert parts['test'] == list(range(30, 35))
    assert len(parts['val']) == 2
    assert set(parts['val']) <= set(range(10, 30))


def test_classes_without_an_image_are_named_five_at_most() -> None:
    check_classes([0, 1], ['a', 'b'], 'x', 'or y')
    with pytest.raises(UserError, match=r'^class b of x has no image; .*leave the class out, or y$'):
        check_classes([0], ['a', 'b'], 'x', 'or y')
    with pytest.raises(UserError, match=r'^classes b, c, d, e, f and 2 more of x has no image'):
        check_classes([0], list('abcdefgh'), 'x', '')


def test_copies_of_a_content_are_numbered() -> None:
    assert identities(['a', 'b', 'a', 'a']).tolist() == ['a', 'b', 'a#2', 'a#3']
