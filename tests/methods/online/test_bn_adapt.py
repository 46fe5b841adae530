"""BN-adapt: the mixture of statistics, against a second author."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import references_online as ref
import torch
from draws import draw
from online_networks import Small, arrays

from dann.core.errors import CheckError
from dann.methods.online.bn_adapt import BNAdapt, blended


@pytest.mark.parametrize('prior', [0, 1, 16])
def test_logits_are_those_of_a_second_author(prior: int) -> None:
    network: Any = Small()
    method = BNAdapt(prior)
    method.start(network)
    gamma, beta, weight = arrays(network.norm.weight, network.norm.bias, network.head.weight)
    mean, variance = arrays(network.norm.running_mean, network.norm.running_var)
    for count in (5, 9):  # none is remembered
        x = draw(count, 3, seed=count)
        own_mean, own_variance = ref.statistics(x.numpy())
        share = prior / (prior + count)
        mixed_mean = [share * mean[i] + (1 - share) * own_mean[i] for i in range(3)]
        mixed = [share * variance[i] + (1 - share) * own_variance[i] * count / (count - 1) for i in range(3)]
        hidden = ref.normalised(x.numpy(), mixed_mean, mixed, gamma, beta)
        np.testing.assert_allclose(method.step(x).numpy(), hidden @ weight.T, rtol=1e-6, atol=1e-6)


def test_an_infinite_prior_is_the_network_as_it_is() -> None:
    network, method, x = Small().eval(), BNAdapt(9e8), draw(6, 3)
    method.start(network)
    torch.testing.assert_close(method.step(x), network(x), rtol=1e-6, atol=1e-6)


def test_the_prior_weighs_as_many_images_as_it_says() -> None:
    assert blended(torch.tensor([4.0]), torch.tensor([0.0]), prior=2, count=6).item() == pytest.approx(1.0)
    with pytest.raises(CheckError, match='expected `prior` of at least 0, got -1; 0 is the batch alone'):
        BNAdapt(-1)
