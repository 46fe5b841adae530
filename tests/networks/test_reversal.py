"""The gradient reversal."""

from __future__ import annotations

import pytest
import torch
from draws import draw

from dann.networks.reversal import reverse_gradient


@pytest.mark.parametrize('strength', [0.0, 0.3, 1.0])
def test_reversal_is_the_identity_forward_and_minus_strength_backward(strength: float) -> None:
    x, weight = draw(3, 2, seed=1, grad=True), draw(3, 2, seed=2)
    y = reverse_gradient(x, strength)
    assert torch.equal(y, x)
    (gradient,) = torch.autograd.grad((y * weight).sum(), x)
    assert torch.allclose(gradient, -strength * weight, rtol=1e-12)
