"""Instance normalisation of the input."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
import references_styles as ref
import torch
from draws import images
from training import fit, module

from dann.methods.style.instance_norm import InstanceNorm, standardise


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
