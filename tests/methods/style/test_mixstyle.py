"""Mixing of feature statistics, and what every mixing style does with features."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
import references_styles as ref
import torch
from draws import images
from feature_mixing import SHARE, assert_ends
from torch import Tensor
from training import fit, make, module

from dann.methods.style.mixstyle import FeatureMixing, mix_moments
from dann.networks import Backbone, ConvNet

MIXERS = ['MixStyle', 'EFDMix']


def mixer(name: str, **options: object) -> FeatureMixing:
    made = make(name, **options)
    assert isinstance(made, FeatureMixing)
    return made


@pytest.mark.parametrize('size', [(5, 4), (1, 1), (2, 7)])
def test_mix_moments(size: tuple[int, int]) -> None:
    features, partner = images(3, 4, *size), 2 + 3 * images(3, 4, *size, seed=1)
    features = (features * 4).round() / 4  # ties
    expected = ref.mix_moments(features.numpy(), partner.numpy(), [float(each) for each in SHARE], 1e-6)
    np.testing.assert_allclose(mix_moments(features, partner, SHARE).numpy(), expected, rtol=1e-9, atol=1e-12)


def test_mixed_moments_end_at_those_of_the_features_and_of_the_partner() -> None:
    assert_ends(mix_moments)


def test_no_gradient_flows_through_the_moments() -> None:
    features, partner = images(3, 2, 3, 3).requires_grad_(), images(3, 2, 3, 3, seed=1).requires_grad_()
    into_features, into_partner = torch.autograd.grad(
        mix_moments(features, partner, SHARE).sum(), [features, partner], materialize_grads=True
    )
    assert into_partner.abs().max() == 0
    deviations = [(each.var(dim=(2, 3), correction=0) + 1e-6).sqrt() for each in (features, partner)]
    scale = SHARE[:, :, 0, 0] + (1 - SHARE[:, :, 0, 0]) * deviations[1] / deviations[0]
    torch.testing.assert_close(into_features, scale[:, :, None, None].expand_as(into_features).detach())


@pytest.mark.parametrize('name', MIXERS)
def test_source_features_are_mixed_inside_the_context_and_nowhere_else(name: str) -> None:
    style = mixer(name, probability=1.0)
    model = module(style).double()
    source, target = images(5, 3, 8, 8), images(3, 3, 8, 8, seed=1) ** 2
    labels = torch.zeros(5, dtype=torch.int64)
    plain = model.network.both(source, labels, target)
    with style.mixing(1.0, 5):
        mixed = model.network.both(source, labels, target)
        teacher = deepcopy(model.network)
    assert not torch.allclose(mixed[0].features, plain[0].features)
    torch.testing.assert_close(mixed[1].features, plain[1].features)
    for network in (model.network, deepcopy(model).network):
        torch.testing.assert_close(network.both(source, labels, target)[0].features, plain[0].features)
    assert not any(child._forward_hooks for child in model.modules())
    del teacher
    with style.mixing(0.0, 5):
        torch.testing.assert_close(model.network.both(source, labels, target)[0].features, plain[0].features)
    with pytest.raises(RuntimeError, match='on purpose'), style.mixing(1.0, 5):
        raise RuntimeError('on purpose')
    assert not any(child._forward_hooks for child in model.modules())


@pytest.mark.parametrize('name', MIXERS)
def test_random_partners_mix_both_domains_and_probability_zero_none(name: str) -> None:
    features = images(8, 2, 4, 4)
    torch.manual_seed(0)
    both = mixer(name, probability=1.0, partners='random').mixed(features, 5, 1.0)
    assert not torch.equal(both[5:], features[5:])
    assert torch.equal(mixer(name, probability=0.0).mixed(features, 5, 1.0), features)
    one = mixer(name, probability=1.0).mixed(features.bfloat16(), 5, 1.0)
    assert one.dtype == torch.bfloat16
    torch.manual_seed(0)
    half = mixer(name, probability=1.0, partners='random').mixed(features, 5, 0.5)
    torch.testing.assert_close(half, (features + both) / 2)


@pytest.mark.parametrize('name', MIXERS)
@pytest.mark.parametrize('batch_norm', ['separate', 'domain_specific'])
def test_mixing_needs_both_domains_in_one_batch(name: str, batch_norm: str) -> None:
    with pytest.raises(
        ValueError, match=r'expected feature maps of shape \(8 \+ Bt, C, H, W\).*batch_norm: joint'
    ):
        fit(module(make(name), batch_norm=batch_norm))


def test_the_last_stage_of_several_is_not_mixed_and_a_backbone_without_stages_is_refused() -> None:
    style = mixer('MixStyle', depth=3)
    backbone = ConvNet(28, (4, 4, 4), (3, 3, 3), (2, 2, 2))
    style.attach(backbone)
    assert style.stages == tuple(backbone.stages()[:2])

    class Flat(Backbone):
        out_features = 192

        def extract(self, images: Tensor) -> Tensor:
            return images.flatten(1)

    with pytest.raises(
        ValueError, match=r'expected a backbone with stages, got Flat, .*; take a convolutional one'
    ):
        style.attach(Flat())


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'probability': 1.5}, '`probability` in'),
        ({'alpha': 0.0}, '`alpha` above 0'),
        ({'depth': 0}, '`depth` of at least 1'),
        ({'partners': 'nobody'}, "got 'nobody'"),
    ],
)
def test_bad_options_of_mixing(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make('MixStyle', **options)


class Swap(FeatureMixing):
    """Gives each image the features of its partner."""

    def mix(self, features: Tensor, partner: Tensor, share: Tensor) -> Tensor:
        return partner


def test_partners_are_of_the_target_unless_any_will_do() -> None:
    features = torch.arange(7.0)[:, None, None, None].expand(7, 2, 3, 3)
    mixed = Swap(probability=1.0, partners='target').mixed(features, 4, 1.0)[:, 0, 0, 0]
    assert set(mixed[:4].tolist()) <= {4, 5, 6}
    assert mixed[4:].tolist() == [4, 5, 6]
    mixed = Swap(probability=1.0, partners='random').mixed(features, 4, 1.0)[:, 0, 0, 0]
    assert sorted(mixed.tolist()) == [0, 1, 2, 3, 4, 5, 6]
