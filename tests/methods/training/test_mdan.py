"""A critic for each source, and the worst source first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from many_sources import sources, views
from torch import Tensor
from torch.nn import functional as F
from training import fit, make, module

from dann.methods.training.mdan import MDAN

BATCH: Any = {}  # nothing of it is read


def made(name: str = 'MDAN', **options: Any) -> MDAN:
    model = module(make(name, num_sources=3, **options)).double()
    assert isinstance(model, MDAN)
    return model


def seen() -> tuple[Any, Any]:
    return views(6)


@pytest.mark.parametrize('combine', ['soft', 'hard'])
def test_the_gradient_into_the_features_is_that_of_the_papers_objective(combine: str) -> None:
    model = made(combine=combine, weight=0.3, gamma=2.0)
    source, target = seen()
    terms = model.task_terms(source, target, BATCH)
    into = [source.features, source.logits, target.features]
    found = torch.autograd.grad(torch.stack([*terms.values()]).sum(), into)
    expected = _gradients(model, combine)
    for mine, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, theirs)


def _gradients(model: MDAN, combine: str) -> tuple[Tensor, ...]:
    source, target = seen()
    parts = []
    for number, judge in enumerate(model.critics):
        own = source.domains == number
        assert source.labels is not None
        error = F.cross_entropy(source.logits[own], source.labels[own])
        on_source, on_target = judge(source.features[own]), judge(target.features)
        told = -(on_source.sigmoid().log().mean() + (1 - on_target.sigmoid()).log().mean()) / 2
        parts.append(error - model.weight * told)
    g = torch.stack(parts)
    objective = g.max() if combine == 'hard' else (model.gamma * g).exp().sum().log() / model.gamma
    return torch.autograd.grad(objective, [source.features, source.logits, target.features])


def test_critics_learn_at_full_rate_whatever_the_weight() -> None:
    gradients = []
    for weight in (0.5, 1e-3):
        model = made(weight=weight, combine='soft', gamma=1e-9)  # near which the shares are equal
        total = torch.stack(list(model.task_terms(*seen(), BATCH).values())).sum()
        gradients.append(torch.autograd.grad(total, list(model.critics.parameters())))
    for full, slow in zip(*gradients, strict=True):
        torch.testing.assert_close(full, slow)


def test_the_worst_source_counts_most() -> None:
    g = torch.tensor([0.1, 0.9, 0.5], dtype=torch.float64)
    soft = made(gamma=2.0).shares(g)
    np.testing.assert_allclose(soft.numpy(), np.exp(2 * g.numpy()) / np.exp(2 * g.numpy()).sum())
    assert made(combine='hard').shares(g).tolist() == [0, 1, 0]


def test_it_trains_on_three_sources() -> None:
    model = module(make('MDAN', num_sources=3))
    fit(model, sources(), epochs=1)
    assert model.meter.means.keys() == {'loss/source', 'loss/domain'}


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'weight': -1.0}, '`weight` of at least 0'),
        ({'combine': 'mean'}, '`combine` of soft or hard'),
        ({'gamma': 0.0}, '`gamma` above 0'),
    ],
)
def test_bad_arguments(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        made(**options)
