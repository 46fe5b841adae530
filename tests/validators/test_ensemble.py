"""Agreement with the ensemble."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
import references_validators_b as ref
import torch
from torch import Tensor

from dann.validators.ensemble import agreement


def draw(count: int, seed: int = 0) -> list[Tensor]:
    rng = torch.Generator().manual_seed(seed)
    return [3 * torch.randn(40, 5, generator=rng, dtype=torch.float64) for _ in range(count)]


@pytest.mark.parametrize('count', [1, 2, 7])
def test_against_the_formula(count: int) -> None:
    candidates = draw(count)
    expected = ref.ensv([candidate.numpy() for candidate in candidates])
    assert agreement(candidates) == pytest.approx(expected)
    assert agreement([z.softmax(dim=1) for z in candidates], logits=False) == pytest.approx(expected)


def test_the_majority_wins() -> None:
    right, wrong = 9 * torch.eye(3), 9 * torch.eye(3).roll(1, dims=0)
    assert agreement([right, wrong, right]) == [1, 0, 1]


def test_better_candidates_score_higher() -> None:
    truth = 4 * torch.eye(5, dtype=torch.float64)[torch.arange(40) % 5]
    models = [signal * truth + noise for signal, noise in zip((0.0, 0.5, 1.0, 2.0), draw(4), strict=True)]
    scores = agreement(models)
    assert scores == sorted(scores)
    assert scores[0] < scores[-1]


def test_candidates_are_read_once() -> None:
    def stream() -> Iterator[Tensor]:
        yield from draw(3)

    assert agreement(stream()) == agreement(draw(3))


def test_candidates_stay_as_they_are() -> None:
    candidates = [z.softmax(dim=1) for z in draw(3)]
    agreement(candidates, logits=False)
    assert all(torch.equal(a, b.softmax(dim=1)) for a, b in zip(candidates, draw(3), strict=True))


def test_a_candidate_that_is_not_finite_has_no_vote() -> None:
    one, two = draw(2)
    scores = agreement([one, two * math.nan, one])
    assert scores[::2] == [1, 1]
    assert math.isnan(scores[1])
    assert all(math.isnan(score) for score in agreement([two * math.nan]))
    assert agreement([]) == []


def test_candidates_of_different_shapes() -> None:
    with pytest.raises(ValueError, match=r'one shape.*\(39, 5\) after \(40, 5\)'):
        agreement([draw(1)[0], draw(1)[0][1:]])
