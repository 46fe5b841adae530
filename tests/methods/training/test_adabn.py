"""AdaBN: the target's statistics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import references_training_self as ref
import torch
from draws import draw
from torch import Tensor, nn
from training import fit, make, module, pair

from dann.core.errors import UserError
from dann.methods.training.adabn import AdaBN, moments, pooled, reestimate, split_norms


@pytest.mark.parametrize('name', ['AdaBN'])
def test_a_network_without_batch_norm_is_refused_with_the_option_to_set(name: str) -> None:
    with pytest.raises(
        UserError, match=r'set batch_norm: true on the backbone \(--model.backbone.batch_norm'
    ):
        module(make(name), normed=False)


def test_pooled_moments_are_those_of_both_samples_together() -> None:
    one, other = draw(5, 3, 2, 4), 3 * draw(2, 3, 2, 4, seed=1) - 1
    count, mean, variance = pooled(moments(one), moments(other))
    means, variances = ref.channel_moments(torch.cat([one, other]).numpy())
    assert count == 7 * 8
    np.testing.assert_allclose(mean, means, rtol=1e-12)
    np.testing.assert_allclose(variance * count / (count - 1), variances, rtol=1e-12)


def test_statistics_are_those_of_the_whole_sample_whatever_the_batches() -> None:
    x, norm = draw(17, 3, 2, 2) * 2 + 5, nn.BatchNorm2d(3).double()
    norm.eval()
    reestimate([norm], norm, torch.split(x, 4))  # the last batch has one image and is left out
    means, variances = ref.channel_moments(x[:16].numpy())
    assert norm.running_mean is not None
    assert norm.running_var is not None
    np.testing.assert_allclose(norm.running_mean, means, rtol=1e-12)
    np.testing.assert_allclose(norm.running_var, variances, rtol=1e-12)
    assert not norm.training
    assert norm.track_running_stats
    assert norm.num_batches_tracked == 0


def test_adabn_trains_the_source_only_network_and_normalises_target_images_by_the_target() -> None:
    adapted, plain = module(make('AdaBN'), normed=True), module(normed=True)
    fit(adapted)
    fit(plain)
    assert isinstance(adapted, AdaBN)
    for ours, theirs in zip(adapted.network.parameters(), plain.network.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    norm = split_norms(adapted.network)[0].norms['target']
    images = torch.cat(list(adapted.pool()))
    convolution: Any = adapted.network.get_submodule('backbone.layers.0')
    means, _ = ref.channel_moments(convolution(images * 2 - 1).detach().double().numpy())
    assert isinstance(norm.running_mean, Tensor)
    np.testing.assert_allclose(norm.running_mean.numpy(), means, rtol=1e-4, atol=1e-5)
    source, target = pair_images()
    assert torch.equal(adapted.network.eval()(source).logits, plain.network.eval()(source).logits)
    assert not torch.allclose(adapted(target), plain(target), atol=1e-3)


def pair_images() -> tuple[Tensor, Tensor]:
    data = pair()
    data.prepare_data()
    data.setup()
    return data.examples(8)


def test_while_statistics_are_gathered_each_batch_is_normalised_by_its_own() -> None:
    first, second = nn.BatchNorm2d(3).double().eval(), nn.BatchNorm2d(3).double().eval()
    x = draw(12, 3, 2, 2) * torch.linspace(1, 5, 12, dtype=torch.float64).view(-1, 1, 1, 1) + 5
    reestimate([first, second], nn.Sequential(first, second), torch.split(x, 4))
    alone = [
        (part - part.mean((0, 2, 3), keepdim=True))
        / (part.var((0, 2, 3), correction=0, keepdim=True) + 1e-5).sqrt()
        for part in torch.split(x, 4)
    ]
    means, variances = ref.channel_moments(torch.cat(alone).numpy())
    assert second.running_mean is not None
    assert second.running_var is not None
    np.testing.assert_allclose(second.running_mean, means, atol=1e-12)
    np.testing.assert_allclose(second.running_var, variances, rtol=1e-12)


def test_both_domains_share_scale_and_offset() -> None:
    model: Any = module(make('AdaBN'))
    (split,) = split_norms(model.network)
    ours, theirs = split.norms['source'], split.norms['target']
    assert ours is not theirs
    assert ours.weight is theirs.weight
    assert ours.bias is theirs.bias
