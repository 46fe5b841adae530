"""What methods share that train norm layers alone."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from online_networks import Small
from torch import Tensor, nn

from dann.core.errors import CheckError, UserError
from dann.methods.online.norm_adapting import Descending, check_rate
from dann.networks.norms import ALL, found_norms


class Never(Descending):
    """Has nothing to learn from any batch."""

    name = 'never'

    def loss(self, logits: Tensor) -> Tensor | None:
        return None


def test_scale_and_offset_alone_are_trained_and_a_batch_without_a_loss_changes_nothing() -> None:
    method, network = Never(0.1), Small()
    method.start(network)
    kept: Any = method.network
    assert [id(each) for each in method.adapted] == [id(kept.norm.weight), id(kept.norm.bias)]
    assert not kept.head.weight.requires_grad
    before = [each.clone() for each in method.adapted]
    method.step(torch.randn(5, 3).double())
    assert all(torch.equal(one, other) for one, other in zip(before, method.adapted, strict=True))


def test_norms_without_scale_have_nothing_to_train() -> None:
    with pytest.raises(UserError, match='never has nothing to train in this network'):
        Never(0.1).start(nn.BatchNorm1d(3, affine=False))


def test_a_missing_kind_of_norm_is_named() -> None:
    with pytest.raises(UserError, match='x adapts batch norm, of which the network has none'):
        found_norms(nn.LayerNorm(3), 'x')
    assert len(found_norms(nn.LayerNorm(3), 'x', ALL)) == 1
    with pytest.raises(UserError, match='x adapts batch, layer or group norm'):
        found_norms(nn.Linear(3, 3), 'x', ALL)


@pytest.mark.parametrize('lr', [0, -1, float('nan'), float('inf')])
def test_a_rate_that_trains_nothing_is_refused(lr: float) -> None:
    with pytest.raises(CheckError, match=r'expected `lr` above 0, got .*; leave it out for the default'):
        check_rate(lr)
