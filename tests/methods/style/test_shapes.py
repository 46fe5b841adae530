"""Shapes that every function of image pairs refuses."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from draws import images
from torch import Tensor

from dann.methods.style.covariance import match_covariance
from dann.methods.style.fda import fda
from dann.methods.style.histogram import match_histogram
from dann.methods.style.moments import match_moments, reinhard


@pytest.mark.parametrize(
    'function', [partial(fda, beta=0.1), match_histogram, match_moments, reinhard, match_covariance]
)
@pytest.mark.parametrize(
    ('left', 'right'), [((2, 3, 8, 8), (3, 3, 8, 8)), ((2, 3, 8, 8), (2, 3, 8, 9)), ((3, 8, 8), (3, 8, 8))]
)
def test_functions_of_pairs_name_shapes_that_differ(
    function: Callable[[Tensor, Tensor], Tensor], left: tuple[int, ...], right: tuple[int, ...]
) -> None:
    with pytest.raises(
        ValueError, match=r'expected pairs of images of shape .*, got .* and .*; give every source'
    ):
        function(images(*left), images(*right))
