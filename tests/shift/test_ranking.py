"""The nearest source comes first."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from dann.datasets import DomainPair
from dann.datasets.in_memory import InMemory
from dann.shift import rank_sources

QUICK: dict[str, Any] = {'permutations': 199, 'samples': 100, 'split': 'train', 'on': ['pixels']}


def domain(name: str, shift: float, seed: int) -> InMemory:
    rng = torch.Generator().manual_seed(seed)
    return InMemory(name, torch.randn(80, 4, generator=rng) + shift, ('a', 'b'), torch.arange(80) % 2)


def test_sources_are_ranked_by_their_distance() -> None:
    far, near, nearest = domain('far', 3.0, 1), domain('near', 1.0, 2), domain('nearest', 0.0, 3)
    pair = DomainPair([far, near, nearest], domain('target', 0.0, 9), batch_size=8)
    ranking = rank_sources(pair, **QUICK)
    found = ranking.as_json()
    assert found['order'] == ['nearest', 'near', 'far']
    assert found['target'] == 'target'
    assert len(found['sources']) == 3
    text = ranking.as_markdown()
    assert text.index('| nearest') < text.index('| near ') < text.index('| far')
    assert 'nearest is nearer than near.' in text


def test_sources_that_cannot_be_told_apart_are_a_tie() -> None:
    alike: list[Any] = [domain('one', 0.0, 1), domain('other', 0.0, 2)]
    text = rank_sources(DomainPair(alike, domain('target', 0.0, 9), batch_size=8), **QUICK).as_markdown()
    assert 'but their intervals overlap: a tie' in text


def test_sources_of_a_transductive_pair_are_ranked_too_and_one_source_is_refused() -> None:
    both: list[Any] = [domain('far', 3.0, 1), domain('near', 0.0, 2)]
    pair = DomainPair(both, domain('target', 0.0, 9), batch_size=8, setting='transductive')
    assert rank_sources(pair, **QUICK).as_json()['order'] == ['near', 'far']
    with pytest.raises(ValueError, match='expected several sources, got near; call `gap` for one'):
        rank_sources(DomainPair(both[1], domain('target', 0.0, 9), batch_size=8))
