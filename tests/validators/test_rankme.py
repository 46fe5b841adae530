"""Effective rank."""

from __future__ import annotations

import math

import pytest
import references_validators_b as ref
import torch

from dann.core.views import View
from dann.functional import gram
from dann.validators.rankme import RankMe, effective_rank


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize('shape', [(30, 5), (5, 30), (1, 4), (9, 9)])
def test_against_the_formula(shape: tuple[int, int]) -> None:
    features = draw(*shape)
    target = View(features, torch.zeros(len(features), 2))
    assert RankMe().score(target, target) == pytest.approx(ref.rankme(features.numpy()), rel=1e-5)


@pytest.mark.parametrize('rank', [1, 3, 8])
def test_orthonormal_features_have_their_rank(rank: int) -> None:
    basis = torch.linalg.qr(draw(40, rank)).Q
    assert effective_rank(basis) == pytest.approx(rank, rel=1e-4)
    assert effective_rank(basis @ torch.linalg.qr(draw(8, rank, seed=1)).Q.T) == pytest.approx(rank, rel=1e-4)


def test_richer_features_score_higher() -> None:
    features = draw(100, 10)
    ranks = [effective_rank(features * torch.linspace(1, 0, 10) ** power) for power in (8, 4, 2, 0)]
    assert ranks == sorted(ranks)


def test_scale_and_order_change_nothing() -> None:
    features = draw(50, 6)
    assert effective_rank(100 * features.flip(0)) == pytest.approx(effective_rank(features), rel=1e-9)


def test_collapsed_and_broken_features() -> None:
    assert effective_rank(torch.ones(9, 4)) == pytest.approx(1, rel=1e-4)
    assert math.isnan(effective_rank(torch.zeros(9, 4)))
    assert math.isnan(effective_rank(torch.tensor([[1.0, math.inf], [0, 1]])))


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    features = draw(50, 6)
    whole = effective_rank(features)
    monkeypatch.setattr(gram, 'BLOCK', 7)
    assert effective_rank(features) == pytest.approx(whole, rel=1e-9)
