"""A classifier whose weights are a length times a direction."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
import torch
from draws import draw
from torch import nn

from dann.networks.weight_norm import WeightNormed


def layers() -> tuple[nn.Linear, WeightNormed]:
    torch.manual_seed(0)
    plain = nn.Linear(5, 3).double()
    return deepcopy(plain), WeightNormed(plain)


def test_logits_are_lengths_times_projections_on_unit_vectors() -> None:
    _, normed = layers()
    features = draw(7, 5)
    with torch.no_grad():
        normed.length.copy_(torch.tensor([0.5, 2.0, 3.0]))
        normed.weight.mul_(draw(3, 1, seed=1).abs() + 0.1)
        found = normed(features).numpy()
    v, g = normed.weight.detach().numpy(), normed.length.detach().numpy()
    expected = [
        [float(g[c] * (f @ v[c]) / np.sqrt((v[c] ** 2).sum()) + normed.bias[c].item()) for c in range(3)]
        for f in features.numpy()
    ]
    assert found == pytest.approx(np.array(expected), rel=1e-12)


def test_it_starts_as_the_layer_and_its_directions_learn_at_right_angles_to_themselves() -> None:
    plain, normed = layers()
    features = draw(7, 5)
    torch.testing.assert_close(normed(features), plain(features))
    (gradient,) = torch.autograd.grad(normed(features).square().sum(), normed.weight)
    torch.testing.assert_close((gradient * normed.weight).sum(dim=1), torch.zeros(3).double())
    assert sum(1 for _ in normed.parameters()) == 3


def test_states_with_and_without_lengths_can_be_loaded() -> None:
    plain, normed = layers()
    features = draw(7, 5)
    other = WeightNormed(nn.Linear(5, 3).double())
    nn.Sequential(other).load_state_dict(nn.Sequential(plain).state_dict())
    torch.testing.assert_close(other(features), plain(features))
    with torch.no_grad():
        normed.length.mul_(2)
    other.load_state_dict(normed.state_dict())
    assert torch.equal(other(features), normed(features))
    with pytest.raises(RuntimeError, match='Missing key'):
        other.load_state_dict({'bias': plain.bias})
