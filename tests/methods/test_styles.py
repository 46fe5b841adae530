"""Styles of images, of a network's input and of its features."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import partial

import numpy as np
import pytest
import references_styles as ref
import torch
from torch import Tensor
from training import fit, make, module

from dann.methods.style.covariance import match_covariance
from dann.methods.style.fda import fda
from dann.methods.style.histogram import match_histogram
from dann.methods.style.instance_norm import InstanceNorm, standardise
from dann.methods.style.moments import match_moments, reinhard


def images(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


@pytest.mark.parametrize(('height', 'width', 'channels'), [(7, 10, 3), (8, 8, 1), (5, 3, 2)])
@pytest.mark.parametrize('ridge', [1e-5, 0.1])
def test_match_covariance(height: int, width: int, channels: int, ridge: float) -> None:
    source, target = images(3, channels, height, width), 0.3 * images(3, channels, height, width, seed=1)
    target[:, 0] += 0.5 * target[:, -1]
    expected = ref.match_covariance(source.numpy(), target.numpy(), ridge)
    np.testing.assert_allclose(match_covariance(source, target, ridge).numpy(), expected, rtol=1e-9)


def test_match_covariance_gives_the_targets_statistics_and_is_undone_by_the_way_back() -> None:
    source, target = images(2, 3, 9, 8), 0.1 + 0.4 * images(2, 3, 9, 8, seed=1)
    moved = match_covariance(source, target, 1e-9)
    for ours, theirs in zip(moved.flatten(2), target.flatten(2), strict=True):
        torch.testing.assert_close(torch.cov(ours), torch.cov(theirs), rtol=1e-5, atol=1e-9)
        torch.testing.assert_close(ours.mean(dim=1), theirs.mean(dim=1))
    torch.testing.assert_close(match_covariance(moved, source, 1e-9), source, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize('flat', ['source', 'target', 'grey'])
def test_match_covariance_of_singular_covariances_is_finite(flat: str) -> None:
    source, target = images(2, 3, 6, 6, dtype=torch.float32), images(2, 3, 6, 6, seed=1, dtype=torch.float32)
    if flat == 'source':
        source = torch.full_like(source, 0.5)
    if flat == 'target':
        target = torch.full_like(target, 0.5)
    if flat == 'grey':
        source = source[:, :1].expand(-1, 3, -1, -1)
    assert match_covariance(source, target).isfinite().all()
    assert match_covariance(source, target).abs().max() < 5


@pytest.mark.parametrize(
    'function', [partial(fda, beta=0.1), match_histogram, match_moments, reinhard, match_covariance]
)
@pytest.mark.parametrize(
    ('ours', 'theirs'), [((2, 3, 8, 8), (3, 3, 8, 8)), ((2, 3, 8, 8), (2, 3, 8, 9)), ((3, 8, 8), (3, 8, 8))]
)
def test_functions_of_pairs_name_shapes_that_differ(
    function: Callable[[Tensor, Tensor], Tensor], ours: tuple[int, ...], theirs: tuple[int, ...]
) -> None:
    with pytest.raises(
        ValueError, match=r'expected pairs of images of shape .*, got .* and .*; give every source'
    ):
        function(images(*ours), images(*theirs))


@pytest.mark.parametrize('ridge', [0.0, -1.0])
def test_a_ridge_of_nothing_is_refused(ridge: float) -> None:
    with pytest.raises(ValueError, match='expected `ridge` above 0'):
        make('Covariance', ridge=ridge)
    with pytest.raises(ValueError, match='expected `ridge` above 0'):
        match_covariance(images(1, 3, 4, 4), images(1, 3, 4, 4), ridge)


@pytest.mark.parametrize('eps', [1e-5, 0.3])
def test_standardise(eps: float) -> None:
    batch = images(3, 2, 5, 7)
    np.testing.assert_allclose(
        standardise(batch, eps).numpy(), ref.standardise(batch.numpy(), eps), rtol=1e-10
    )
    assert torch.autograd.gradcheck(standardise, images(2, 2, 3, 2).requires_grad_())
    assert standardise(torch.ones(1, 3, 4, 4)).abs().max() == 0


def test_a_network_with_instance_norm_does_not_see_contrast_and_tint_in_either_domain() -> None:
    model = module(InstanceNorm()).double()
    batch = 0.2 + 0.5 * images(4, 3, 8, 8)
    tinted = batch * torch.tensor([0.9, 0.6, 1.2])[:, None, None] - 0.05
    for network in (model.network, deepcopy(model.network), model.network.eval()):
        for domain in ('source', 'target'):
            seen, other = network(batch, domain=domain), network(tinted, domain=domain)
            torch.testing.assert_close(seen.logits, other.logits, rtol=1e-3, atol=1e-4)
    assert not torch.allclose(module().double().network(batch).logits, model.network(batch).logits, rtol=1e-3)


def test_instance_norm_needs_no_target() -> None:
    from toy import Toy
    from training import pair, same_weights

    here, elsewhere = module(InstanceNorm()), module(InstanceNorm())
    fit(here)
    fit(elsewhere, pair(target=Toy('c', seed=9)))
    assert same_weights(here, elsewhere)
    assert here.deployed == 'source'
