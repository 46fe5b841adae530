"""What every function that mixes the statistics of two feature maps is checked for."""

from __future__ import annotations

from collections.abc import Callable

import torch
from draws import images
from torch import Tensor

SHARE = torch.tensor([0.0, 0.3, 1.0], dtype=torch.float64)[:, None, None, None]


def assert_ends(mix: Callable[[Tensor, Tensor, Tensor], Tensor]) -> None:
    """Assert that a share of one gives the features and a share of zero the partner's mean and deviation."""
    features, partner = images(1, 4, 5, 5), 2 + 3 * images(1, 4, 5, 5, seed=1)
    one, none = torch.ones(1, 1, 1, 1).double(), torch.zeros(1, 1, 1, 1).double()
    torch.testing.assert_close(mix(features, partner, one), features)
    moved = mix(features, partner, none)
    torch.testing.assert_close(moved.mean(dim=(2, 3)), partner.mean(dim=(2, 3)))
    torch.testing.assert_close(moved.std(dim=(2, 3)), partner.std(dim=(2, 3)), rtol=1e-5, atol=0)
