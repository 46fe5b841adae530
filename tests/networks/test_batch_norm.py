"""Batch norm sees both domains together or each on its own, as asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dann.networks.backbone import Backbone, weights_hash
from dann.networks.batch_norm import (
    DomainSpecificBatchNorm,
    frozen_statistics,
    keep_domain,
    running_statistics,
    set_domain,
    split_batch_norm,
    trains_batch_norm,
)
from dann.networks.convnets import ConvNet
from dann.networks.network import Network

DOMAINS: list[Any] = ['source', 'target']


class Flat(Backbone):
    """Pixels as features, without weights."""

    out_features = 12

    def extract(self, images: Tensor) -> Tensor:
        return images.flatten(1)


class Block(nn.Module):
    """Batch norm where a residual network has it: deep inside."""

    def __init__(self) -> None:
        super().__init__()
        self.main = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))
        self.side = nn.ModuleDict({'norm': nn.BatchNorm3d(4)})


def draw(count: int, size: int = 2, seed: int = 0) -> Tensor:
    return torch.rand(count, 3, size, size, generator=torch.Generator().manual_seed(seed))


def flat(batch_norm: Any, **options: Any) -> Network:
    torch.manual_seed(0)
    return Network(Flat(), 4, (), 3, batch_norm=batch_norm, **options)


def convolutional(batch_norm: Any, *, normed: bool) -> Network:
    torch.manual_seed(0)
    backbone = ConvNet(8, (4, 5), (3, 3), (2, 2), batch_norm=normed)
    return Network(backbone, 6, (), 3, batch_norm=batch_norm, bottleneck_norm=normed)


def bottleneck_inputs(network: Network, images: Tensor) -> NDArray[np.float64]:
    """Return what the batch norm of a flat network's bottleneck receives."""
    weight, bias = (value.detach().double().numpy() for value in list(network.bottleneck.parameters())[:2])
    values: NDArray[np.float64] = ((images.double().numpy() - 0.5) / 0.5).reshape(
        len(images), -1
    ) @ weight.T + bias
    return values


@pytest.mark.parametrize('normed', [False, True])
def test_joint_is_one_forward_pass_of_everything(normed: bool) -> None:
    source, target = draw(5, 8), draw(3, 8, seed=1)
    seen, unseen = convolutional('joint', normed=normed).both(source, torch.zeros(5).long(), target)
    pooled = convolutional('joint', normed=normed)(torch.cat([source, target]))
    assert torch.equal(torch.cat([seen.features, unseen.features]), pooled.features)
    assert torch.equal(torch.cat([seen.logits, unseen.logits]), pooled.logits)


@pytest.mark.parametrize('batch_norm', ['separate', 'domain_specific'])
def test_without_batch_norm_the_policies_agree(batch_norm: Any) -> None:
    given = draw(5, 8), torch.zeros(5).long(), draw(3, 8, seed=1) ** 2
    for view, other in zip(
        convolutional('joint', normed=False).both(*given),
        convolutional(batch_norm, normed=False).both(*given),
        strict=True,
    ):
        torch.testing.assert_close(view.logits, other.logits)
        torch.testing.assert_close(view.features, other.features)


def test_with_batch_norm_joint_and_separate_differ_in_training_and_agree_in_evaluation() -> None:
    given = draw(5, 8), torch.zeros(5).long(), draw(3, 8, seed=1) ** 2
    joint, separate = (convolutional(batch_norm, normed=True) for batch_norm in ('joint', 'separate'))
    for view, other in zip(joint.both(*given), separate.both(*given), strict=True):
        assert (view.logits - other.logits).abs().max() > 0.01
    separate.load_state_dict(joint.state_dict())
    for view, other in zip(joint.eval().both(*given), separate.eval().both(*given), strict=True):
        torch.testing.assert_close(view.logits, other.logits)


def test_separate_normalises_each_domain_alone_and_in_turn() -> None:
    source, target = draw(9), draw(4, seed=1) ** 3
    network = flat('separate', bottleneck_norm=True)
    seen, unseen = network.both(source, torch.zeros(9).long(), target)
    mean, var = np.zeros(4), np.ones(4)
    for view, images in ((seen, source), (unseen, target)):
        values = bottleneck_inputs(network, images)
        normalised = (values - values.mean(axis=0)) / np.sqrt(values.var(axis=0) + 1e-5)
        np.testing.assert_allclose(view.features.detach().numpy(), np.maximum(normalised, 0), atol=1e-4)
        mean = 0.9 * mean + 0.1 * values.mean(axis=0)
        var = 0.9 * var + 0.1 * values.var(axis=0, ddof=1)
    state = network.bottleneck.state_dict()
    np.testing.assert_allclose(state['1.running_mean'].numpy(), mean, atol=1e-6)
    np.testing.assert_allclose(state['1.running_var'].numpy(), var, rtol=1e-5)


def test_domain_specific_keeps_the_statistics_of_the_domains_apart() -> None:
    network = flat('domain_specific', bottleneck_norm=True)
    batches = {'source': [draw(9), draw(5, seed=1)], 'target': [draw(4, seed=2) ** 3, draw(7, seed=3) ** 3]}
    for source, target in zip(batches['source'], batches['target'], strict=True):
        network.both(source, torch.zeros(len(source)).long(), target)
    for domain, seen in batches.items():
        mean, var = np.zeros(4), np.ones(4)
        for images in seen:
            values = bottleneck_inputs(network, images)
            mean = 0.9 * mean + 0.1 * values.mean(axis=0)
            var = 0.9 * var + 0.1 * values.var(axis=0, ddof=1)
        state = network.bottleneck.state_dict()
        np.testing.assert_allclose(state[f'1.norms.{domain}.running_mean'].numpy(), mean, atol=1e-6)
        np.testing.assert_allclose(state[f'1.norms.{domain}.running_var'].numpy(), var, rtol=1e-5)


@pytest.mark.parametrize('domain', DOMAINS)
def test_evaluation_uses_statistics_and_scale_of_the_chosen_domain(domain: Any) -> None:
    network = flat('domain_specific', bottleneck_norm=True)
    network.both(draw(9), torch.zeros(9).long(), draw(4, seed=1) ** 3)
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, value in network.bottleneck.named_parameters():
            if 'norms' in name:
                value.uniform_(0.5, 1.5, generator=generator)
    network.eval()
    state = {name: value.double().numpy() for name, value in network.bottleneck.state_dict().items()}
    mean, var, weight, bias = (
        state[f'1.norms.{domain}.{part}'] for part in ('running_mean', 'running_var', 'weight', 'bias')
    )
    images = draw(6, seed=4)
    values = (bottleneck_inputs(network, images) - mean) / np.sqrt(var + 1e-5) * weight + bias
    features = network(images, domain=domain).features.detach().numpy()
    np.testing.assert_allclose(features, np.maximum(values, 0), atol=1e-5)
    other = network(images, domain='source' if domain == 'target' else 'target').features.detach().numpy()
    assert np.abs(features - other).max() > 0.05


def test_the_domain_is_chosen_anew_for_every_pass() -> None:
    network = flat('domain_specific', bottleneck_norm=True)
    images = draw(6)
    network.both(images, torch.zeros(6).long(), draw(4, seed=1) ** 3)
    network.eval()
    first = network(images).logits
    network(images, domain='target')
    assert torch.equal(network(images).logits, first)
    assert torch.equal(network(images, domain='source').logits, first)


def test_every_batch_norm_is_split_however_deep() -> None:
    module = nn.Sequential(Block(), nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.BatchNorm1d(4))))
    with torch.no_grad():
        for number, value in enumerate(module.state_dict().values()):
            value += number
    before = module.state_dict()
    split_batch_norm(module)
    split = [child for child in module.modules() if isinstance(child, DomainSpecificBatchNorm)]
    kinds = [tuple(type(norm) for norm in child.norms.values()) for child in split]
    assert kinds == [(kind, kind) for kind in (nn.BatchNorm2d, nn.BatchNorm3d, nn.BatchNorm1d)]
    state = module.state_dict()
    for name, value in before.items():
        layer, _, part = name.rpartition('.')
        for twin in [name] if name in state else [f'{layer}.norms.{domain}.{part}' for domain in DOMAINS]:
            assert torch.equal(state.pop(twin), value)
    assert not state
    for domain in DOMAINS:
        set_domain(module, domain)
        assert {child.domain for child in split} == {domain}


def test_a_network_splits_backbone_and_bottleneck_and_only_when_asked() -> None:
    for batch_norm, count in (('joint', 0), ('separate', 0), ('domain_specific', 3)):
        network = convolutional(batch_norm, normed=True)
        assert sum(isinstance(child, DomainSpecificBatchNorm) for child in network.modules()) == count
        lone = [
            name
            for name, child in network.named_modules()
            if isinstance(child, nn.BatchNorm1d | nn.BatchNorm2d) and '.norms.' not in name
        ]
        assert len(lone) == 3 - count


def test_the_copies_share_nothing() -> None:
    norm = DomainSpecificBatchNorm(nn.BatchNorm1d(3))
    norm(torch.randn(8, 3, generator=torch.Generator().manual_seed(0))).square().sum().backward()
    used, unused = norm.norms['source'], norm.norms['target']
    assert all(value.grad is not None for value in used.parameters())
    assert all(value.grad is None for value in unused.parameters())
    assert used.state_dict()['num_batches_tracked'] == 1
    assert unused.state_dict()['num_batches_tracked'] == 0


@pytest.mark.parametrize('batch_norm', ['joint', 'separate', 'domain_specific'])
def test_weights_survive_the_way_through_a_state_dict(batch_norm: Any) -> None:
    trained, fresh = (convolutional(batch_norm, normed=True) for _ in range(2))
    trained.both(draw(5, 8), torch.zeros(5).long(), draw(3, 8, seed=1) ** 2)
    assert weights_hash(fresh) != weights_hash(trained)
    fresh.load_state_dict(trained.state_dict())
    assert weights_hash(fresh) == weights_hash(trained)
    for domain in DOMAINS:
        views = [network.eval()(draw(4, 8, seed=2), domain=domain) for network in (trained, fresh)]
        assert torch.equal(views[0].logits, views[1].logits)


def test_training_under_frozen_statistics_neither_uses_nor_moves_them() -> None:
    norm = nn.BatchNorm1d(2)
    with frozen_statistics(nn.Sequential(norm)):
        normalised = norm(torch.tensor([[1.0, 10.0], [3.0, 30.0]]))
    torch.testing.assert_close(normalised, torch.tensor([[-1.0, -1.0], [1.0, 1.0]]), rtol=1e-4, atol=0)
    assert norm.running_mean is not None
    assert norm.running_mean.tolist() == [0, 0]
    assert norm.num_batches_tracked == 0
    assert norm.track_running_stats


def test_a_frozen_batch_norm_is_not_trained() -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    assert trains_batch_norm(network)
    network[1].requires_grad_(False)
    assert not trains_batch_norm(network)
    assert not trains_batch_norm(nn.Linear(2, 2))


@pytest.mark.parametrize('domain', DOMAINS)
def test_one_domain_is_kept(domain: Any) -> None:
    torch.manual_seed(0)
    network = Network(ConvNet(8, (4,), (3,), (2,), batch_norm=True), 5, (), 3, batch_norm='domain_specific')
    for child in network.modules():
        if isinstance(child, DomainSpecificBatchNorm):
            nn.init.constant_(next(child.norms['target'].parameters()), 2.0)
    images = torch.rand(6, 3, 8, 8)
    before = network.eval()(images, domain=domain).logits
    keep_domain(network, domain)
    assert not [each for each in network.modules() if isinstance(each, DomainSpecificBatchNorm)]
    assert torch.equal(network(images, domain=domain).logits, before)


def test_running_statistics_are_those_of_every_batch_norm_and_nothing_else() -> None:
    network = nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 3), DomainSpecificBatchNorm(nn.BatchNorm1d(3)))
    network.register_buffer('mask', torch.zeros(5))
    found = running_statistics(network)
    assert [len(each) for each in found] == [2, 2, 3, 3, 3, 3]
    assert found[0] is network[0].running_mean
