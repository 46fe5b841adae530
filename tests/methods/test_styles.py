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
from dann.methods.style.efdmix import mix_distributions
from dann.methods.style.fda import fda
from dann.methods.style.histogram import match_histogram
from dann.methods.style.instance_norm import InstanceNorm, standardise
from dann.methods.style.mixstyle import FeatureMixing, mix_moments
from dann.methods.style.moments import match_moments, reinhard
from dann.networks import Backbone, ConvNet


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


MIXERS = ['MixStyle', 'EFDMix']
SHARE = torch.tensor([0.0, 0.3, 1.0], dtype=torch.float64)[:, None, None, None]


def mixer(name: str, **options: object) -> FeatureMixing:
    made = make(name, **options)
    assert isinstance(made, FeatureMixing)
    return made


@pytest.mark.parametrize('size', [(5, 4), (1, 1), (2, 7)])
def test_mix_moments_and_distributions(size: tuple[int, int]) -> None:
    features, partner = images(3, 4, *size), 2 + 3 * images(3, 4, *size, seed=1)
    features = (features * 4).round() / 4  # ties
    arrays, share = (features.numpy(), partner.numpy()), [float(each) for each in SHARE]
    expected = ref.mix_moments(*arrays, share, 1e-6)
    np.testing.assert_allclose(mix_moments(features, partner, SHARE).numpy(), expected, rtol=1e-9, atol=1e-12)
    expected = ref.mix_distributions(*arrays, share)
    np.testing.assert_allclose(mix_distributions(features, partner, SHARE).numpy(), expected, rtol=1e-12)


def test_mixing_ends_at_the_features_and_at_the_partners_style() -> None:
    features, partner = images(1, 4, 5, 5), 2 + 3 * images(1, 4, 5, 5, seed=1)
    one, none = torch.ones(1, 1, 1, 1).double(), torch.zeros(1, 1, 1, 1).double()
    for mix in (mix_moments, mix_distributions):
        torch.testing.assert_close(mix(features, partner, one), features)
        moved = mix(features, partner, none)
        torch.testing.assert_close(moved.mean(dim=(2, 3)), partner.mean(dim=(2, 3)))
        torch.testing.assert_close(moved.std(dim=(2, 3)), partner.std(dim=(2, 3)), rtol=1e-5, atol=0)
    exact = mix_distributions(features, partner, none).flatten(2).sort().values
    torch.testing.assert_close(exact, partner.flatten(2).sort().values)


def test_no_gradient_flows_through_the_statistics() -> None:
    features, partner = images(3, 2, 3, 3).requires_grad_(), images(3, 2, 3, 3, seed=1).requires_grad_()
    (gradient,) = torch.autograd.grad(mix_distributions(features, partner, SHARE).sum(), features)
    assert torch.equal(gradient, torch.ones_like(gradient))
    ours, theirs = torch.autograd.grad(
        mix_moments(features, partner, SHARE).sum(), [features, partner], materialize_grads=True
    )
    assert theirs.abs().max() == 0
    deviations = [(each.var(dim=(2, 3), correction=0) + 1e-6).sqrt() for each in (features, partner)]
    scale = SHARE[:, :, 0, 0] + (1 - SHARE[:, :, 0, 0]) * deviations[1] / deviations[0]
    torch.testing.assert_close(ours, scale[:, :, None, None].expand_as(ours).detach())


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
