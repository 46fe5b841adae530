"""CORAL against the published formula."""

from __future__ import annotations

import pytest
import references as ref
import torch
from draws import Shapes, assert_widths_differ_by_name, draw, pair
from recorded import assert_agrees, load

from dann.methods.alignment.coral import coral

SHAPES = [((9, 4), (5, 4)), ((2, 1), (3, 1)), ((64, 31), (33, 31))]
shapes = pytest.mark.parametrize('shapes', SHAPES)


@shapes
def test_coral(shapes: Shapes) -> None:
    source, target = pair(shapes)
    expected = ref.coral(source.numpy(), target.numpy())
    assert float(coral(source, target)) == pytest.approx(expected, rel=1e-9)


def test_coral_sees_covariance_only() -> None:
    source, target = pair(SHAPES[0])
    assert float(coral(source, source)) == 0
    assert float(coral(source + 7, target - 3)) == pytest.approx(float(coral(source, target)), rel=1e-9)


@pytest.mark.parametrize('counts', [(1, 5), (5, 1)])
def test_coral_names_the_least_batch(counts: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r'(at least|>=) (2|two).*got'):
        coral(*(draw(count, 4) for count in counts))


@pytest.mark.parametrize('package', ['adapt', 'skada'])
def test_coral_of_other_packages(package: str) -> None:
    """Nothing differs."""
    record = load('coral_adapt') if package == 'adapt' else load('coral_skada')
    assert_agrees(coral(record['source'], record['target']), record, 'source', 'target')


def test_gradients() -> None:
    assert torch.autograd.gradcheck(coral, pair(((9, 4), (5, 4)), grad=True))


def test_widths_that_differ_are_named() -> None:
    assert_widths_differ_by_name(coral)
