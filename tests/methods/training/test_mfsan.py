"""A branch for each source."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from many_sources import sources
from torch import Tensor
from torch.nn import functional as F
from training import fit, make, module

from dann.functional.mmd import mmd
from dann.methods.training.mfsan import FEATURES, LOGITS, MFSAN, Branches


def made(**options: Any) -> MFSAN:
    model = module(make('MFSAN', num_sources=3, **options)).double()
    assert isinstance(model, MFSAN)
    return model


def images(count: int, seed: int) -> Tensor:
    return torch.rand(count, 3, 8, 8, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_every_branch_begins_from_weights_of_its_own() -> None:
    network = made().network
    assert isinstance(network, Branches)
    for part in (0, 1):
        weights = [next(branch[part].parameters()) for branch in network.branches]  # type: ignore[index]
        assert not torch.equal(weights[0], weights[1])
        assert not torch.equal(weights[1], weights[2])
    assert next(network.branches[0][0].parameters()) is next(network.bottleneck.parameters())  # type: ignore[index]


def test_the_mean_of_the_branches_probabilities_is_deployed() -> None:
    model = made().eval()
    view = model.network(images(5, 0))
    each = view.extra[LOGITS].softmax(dim=2)
    assert each.shape == (5, 3, 3)
    torch.testing.assert_close(model(images(5, 0)), each.mean(dim=1))
    torch.testing.assert_close(view.features, view.extra[FEATURES].mean(dim=1))
    assert not model.evaluated(images(5, 0)).extra


def test_the_terms_are_the_papers() -> None:
    model = made(weight=0.5)
    domains, labels = torch.tensor([0, 0, 1, 1, 2, 2, 2]), torch.tensor([0, 1, 2, 0, 1, 2, 0])
    batch = {'source': (images(7, 0), labels), 'source_domain': domains, 'target': images(6, 1)}
    found = model.losses(batch, 1.0)  # type: ignore[arg-type]
    both = model.network(torch.cat([images(7, 0), images(6, 1)]))
    features, logits = both.extra[FEATURES], both.extra[LOGITS]
    task, apart = torch.zeros((), dtype=torch.float64), torch.zeros((), dtype=torch.float64)
    for number in range(3):
        own = torch.nonzero(domains == number).flatten()
        task += F.cross_entropy(logits[own, number], labels[own])
        apart += mmd(features[own, number], features[7:, number], estimator='biased') / 3
    said = logits[7:].softmax(dim=2)
    apart_on_target = sum(
        (said[:, one] - said[:, other]).abs().mean() for one, other in ((0, 1), (0, 2), (1, 2))
    )
    strength = 0.5 * model.schedule(1.0)
    torch.testing.assert_close(found['source'], task)
    torch.testing.assert_close(found['mmd'], strength * apart)
    torch.testing.assert_close(found['disagreement'], strength * torch.as_tensor(apart_on_target) / 3)


def test_a_branch_learns_from_its_own_source_alone() -> None:
    def gradient(labels: list[int]) -> list[Tensor]:
        model = made(weight=0.0)
        batch = {
            'source': (images(6, 0), torch.tensor(labels)),
            'source_domain': torch.tensor([0, 0, 1, 1, 2, 2]),
            'target': images(4, 1),
        }
        loss = model.losses(batch, 0.5)['source']  # type: ignore[arg-type]
        heads = [next(branch[1].parameters()) for branch in model.network.branches]  # type: ignore[index]
        return list(torch.autograd.grad(loss, heads))

    one, other = gradient([0, 1, 2, 0, 1, 2]), gradient([2, 2, 2, 0, 1, 2])
    assert not torch.equal(one[0], other[0])
    assert torch.equal(one[1], other[1])
    assert torch.equal(one[2], other[2])


def test_it_trains_on_three_sources() -> None:
    model = module(make('MFSAN', num_sources=3))
    fit(model, sources(), epochs=1)
    assert model.meter.means.keys() == {'loss/source', 'loss/mmd', 'loss/disagreement'}


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match='`weight` of at least 0'):
        made(weight=-1.0)
