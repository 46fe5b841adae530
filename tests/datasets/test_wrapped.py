"""A wrapped domain answers as the one inside does."""

from __future__ import annotations

from copy import copy
from pathlib import Path

import torch
from own_features import write_npz
from toy import Toy

from dann.datasets import Arrays
from dann.datasets.base import SPLITS
from dann.datasets.wrapped import WrappedDomain


def test_every_answer_is_that_of_the_domain_inside() -> None:
    inner = Toy('a')
    outer = copy(WrappedDomain(inner))
    outer.prepare()
    for split in SPLITS:
        assert torch.equal(outer.images(split)[:], inner.images(split)[:])
        assert torch.equal(outer.labels(split), inner.labels(split))
        assert outer.ids(split) == inner.ids(split)
        assert outer.names(split) == inner.names(split)
    for fact in (
        'name',
        'classes',
        'metric',
        'labelled',
        'advice',
        'drawn',
        'image_shape',
        'feature_names',
        'seed',
    ):
        assert getattr(outer, fact) == getattr(inner, fact), fact
    assert outer.manifest() == inner.manifest()
    assert outer.contact_sheet().keys() == inner.contact_sheet().keys()


def test_the_places_of_a_split_are_not_passed_on() -> None:
    """A subclass that leaves images out would otherwise give those of the whole split."""
    assert WrappedDomain(Toy('a')).within('train') is None


def test_groups_are_those_of_the_domain_inside() -> None:
    inner = Toy('a', groups=('dusk', 'night'))
    outer = WrappedDomain(inner)
    assert outer.group_names == ('dusk', 'night')
    assert torch.equal(outer.groups('train'), inner.groups('train'))


def test_features_are_no_images_inside_another_domain(tmp_path: Path) -> None:
    """As in the transductive setting."""
    inner = Arrays(str(write_npz(tmp_path)), 'a')
    assert WrappedDomain(inner).image_shape == (5,)
