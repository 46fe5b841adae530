"""Near sources count, far ones do not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from many_sources import sources
from numpy.typing import NDArray
from scipy.optimize import minimize
from training import fit, make, module

from dann.methods.training.darn import DARN, nearest_shares


@pytest.mark.parametrize('seed', range(8))
def test_the_shares_minimise_the_papers_bound(seed: int) -> None:
    bounds = torch.randn(4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    found = nearest_shares(bounds)

    def bound(shares: NDArray[np.float64]) -> float:
        return float(bounds.numpy() @ shares + (shares**2).sum() ** 0.5)

    inside = [{'type': 'eq', 'fun': lambda shares: shares.sum() - 1}]
    best = minimize(bound, [0.25] * 4, bounds=[(0, 1)] * 4, constraints=inside, options={'ftol': 1e-14})
    torch.testing.assert_close(found, torch.from_numpy(best.x), atol=1e-4, rtol=0)
    assert bound(found.numpy()) <= best.fun + 1e-9


def test_equal_bounds_give_equal_shares_and_far_sources_none() -> None:
    torch.testing.assert_close(nearest_shares(torch.full((3,), 5.0)), torch.full((3,), 1 / 3))
    assert nearest_shares(torch.tensor([0.0, 0.1, 50.0]))[2] == 0
    assert nearest_shares(torch.tensor([3.0])).tolist() == [1.0]


def test_shares_do_not_depend_on_a_common_shift_or_on_the_order() -> None:
    bounds = torch.tensor([0.3, -0.2, 0.9, 0.0], dtype=torch.float64)
    torch.testing.assert_close(nearest_shares(bounds + 100), nearest_shares(bounds))
    order = torch.tensor([2, 0, 3, 1])
    torch.testing.assert_close(nearest_shares(bounds[order]), nearest_shares(bounds)[order])


def test_the_farther_a_source_the_less_it_counts() -> None:
    model = module(make('DARN', num_sources=3, gamma=1.0))
    assert isinstance(model, DARN)
    shares = model.shares(torch.tensor([0.1, 0.4, 0.2]))
    assert shares[0] > shares[2] > shares[1]
    sharper = module(make('DARN', num_sources=3, gamma=10.0))
    assert isinstance(sharper, DARN)
    assert sharper.shares(torch.tensor([0.1, 0.4, 0.2]))[1] == 0


def test_it_trains_on_three_sources() -> None:
    model = module(make('DARN', num_sources=3))
    fit(model, sources(), epochs=1)
    assert model.meter.means.keys() == {'loss/source', 'loss/domain'}
