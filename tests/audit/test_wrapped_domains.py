"""Wrapped domains answer with one thing changed, and leave the domain inside alone."""

from __future__ import annotations

from copy import copy

import torch
from toy import Toy

from dann.audit.wrapped_domains import Excerpt, Negatives, SwappedNames
from dann.datasets.wrapped import WrappedDomain


def test_all_else_is_that_of_the_domain_inside() -> None:
    toy = Toy('b')
    toy.prepare()
    wrapped = copy(WrappedDomain(toy))
    assert (wrapped.name, wrapped.classes, wrapped.metric) == (toy.name, toy.classes, toy.metric)
    assert wrapped.manifest() == toy.manifest()
    assert wrapped.folder == toy.folder
    assert wrapped.images('val').equal(toy.images('val'))  # type: ignore[union-attr]


def test_an_excerpt_holds_the_chosen_samples_alone() -> None:
    toy = Toy('b')
    toy.prepare()
    places = torch.tensor([7, 2])
    part = Excerpt(toy, {'val': places})
    assert part.ids('val') == [toy.ids('val')[7], toy.ids('val')[2]]
    assert part.labels('val').equal(toy.labels('val')[places])
    assert part.images('val')[:].equal(toy.images('val')[places])
    assert len(toy.labels('val')) == 12


def test_names_are_swapped_and_images_negated() -> None:
    toy = Toy('b')
    toy.prepare()
    assert SwappedNames(toy).ids('val') == toy.ids('val')[::-1]
    assert SwappedNames(toy).labels('val').equal(toy.labels('val'))
    assert Negatives(toy).images('val')[:].equal(255 - toy.images('val'))
