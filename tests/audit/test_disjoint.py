"""Images that are in two splits."""

from __future__ import annotations

from audited import ready
from torch import Tensor
from toy import Toy

from dann.audit.disjoint import disjoint_splits


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


def test_an_image_of_an_unseen_domain_that_is_trained_on_is_named() -> None:
    assert disjoint_splits(ready(unseen=[Toy('d')])).verdict == 'pass'

    class Copying(Toy):
        def images(self, split: str) -> Tensor:
            images = super().images(split)
            images[1] = Toy('a').images('train')[7]
            return images

    Toy('a').prepare()
    finding = disjoint_splits(ready(unseen=[Copying('d')]))
    assert finding.verdict == 'fail'
    assert (
        'source train and in unseen/toy/d test, for example toy/a/train/7 and toy/d/test/1'
        in finding.evidence
    )
