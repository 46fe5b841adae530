"""Exact feature distribution mixing against the published formula."""

from __future__ import annotations

import numpy as np
import pytest
import references_styles as ref
import torch
from draws import images
from feature_mixing import SHARE, assert_ends

from dann.methods.style.efdmix import mix_distributions


@pytest.mark.parametrize('size', [(5, 4), (1, 1), (2, 7)])
def test_mix_distributions(size: tuple[int, int]) -> None:
    features, partner = images(3, 4, *size), 2 + 3 * images(3, 4, *size, seed=1)
    features = (features * 4).round() / 4  # ties
    expected = ref.mix_distributions(features.numpy(), partner.numpy(), [float(each) for each in SHARE])
    np.testing.assert_allclose(mix_distributions(features, partner, SHARE).numpy(), expected, rtol=1e-12)


def test_mixed_distributions_end_at_those_of_the_features_and_of_the_partner() -> None:
    assert_ends(mix_distributions)
    features, partner = images(1, 4, 5, 5), 2 + 3 * images(1, 4, 5, 5, seed=1)
    moved = mix_distributions(features, partner, torch.zeros(1, 1, 1, 1).double())
    torch.testing.assert_close(moved.flatten(2).sort().values, partner.flatten(2).sort().values)


def test_no_gradient_flows_through_the_order() -> None:
    features, partner = images(3, 2, 3, 3).requires_grad_(), images(3, 2, 3, 3, seed=1).requires_grad_()
    (gradient,) = torch.autograd.grad(mix_distributions(features, partner, SHARE).sum(), features)
    assert torch.equal(gradient, torch.ones_like(gradient))
