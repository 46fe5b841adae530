"""CORAL distance."""

from __future__ import annotations

import pytest
import references as ref
from draws import SHAPES, Shapes, draw, pair

from dann.functional.coral import coral


@pytest.mark.parametrize('shapes', SHAPES)
def test_coral(shapes: Shapes) -> None:
    source, target = pair(shapes)
    assert float(coral(source, target)) == pytest.approx(ref.coral(source.numpy(), target.numpy()), rel=1e-9)


def test_coral_sees_covariance_only() -> None:
    source, target = pair(SHAPES[0])
    assert float(coral(source, source)) == 0
    assert float(coral(source + 7, target - 3)) == pytest.approx(float(coral(source, target)), rel=1e-9)


def test_a_covariance_needs_two_samples() -> None:
    with pytest.raises(ValueError, match='at least 2 samples a domain, got 1 and 5'):
        coral(draw(1, 4), draw(5, 4))
