"""Which predictions are certain enough."""

from __future__ import annotations

import math

import pytest
import torch

from dann.core.errors import CheckError
from dann.methods.online.reliable import check_share, reliable


def test_the_bound_is_a_share_of_the_highest_entropy() -> None:
    bound = 0.4 * math.log(8)
    entropy = torch.tensor([0.0, bound - 1e-3, bound + 1e-3, math.log(8)])
    assert reliable(entropy, 8).tolist() == [True, True, False, False]
    assert reliable(entropy, 8, 1.0).tolist() == [True, True, True, False]


@pytest.mark.parametrize('share', [0, 1.1, float('nan')])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(CheckError, match=r'expected `reliable` in \(0, 1\], got .*; the papers have 0.4'):
        check_share(share)
