"""Class correlation."""

from __future__ import annotations

import math

import pytest
import references_validators_b as ref
import torch
from draws import draw
from validator_checks import outputs

from dann.validators.corr_c import CorrC, class_correlation


@pytest.mark.parametrize('shape', [(9, 4), (3, 7), (2, 2), (64, 31)])
def test_against_the_formula(shape: tuple[int, int]) -> None:
    logits = 3 * draw(*shape)
    got = CorrC().score(outputs(draw(4, shape[1], seed=9)), outputs(logits))
    assert got == pytest.approx(ref.corr_c(logits.numpy()), rel=1e-9)


def test_known_predictions() -> None:
    balanced = torch.eye(10).repeat(7, 1)
    assert class_correlation(balanced) == pytest.approx(math.sqrt(10))
    assert class_correlation(balanced[:1].repeat(70, 1)) == pytest.approx(1)
    assert class_correlation(torch.full((70, 10), 0.1)) == pytest.approx(1)
    # diagonal a, rest b: trace and norm of C are those of the matrix of the ten kinds of rows, times 7
    a, b = 0.8, 0.2 / 9
    d, o = a * a + 9 * b * b, 2 * a * b + 8 * b * b
    softened = b + (a - b) * torch.eye(10)
    expected = 10 * d / math.sqrt(10 * d * d + 90 * o * o)
    assert class_correlation(softened.repeat(7, 1)) == pytest.approx(expected, rel=1e-6)
    assert 2.5 < expected < math.sqrt(10)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    p = (3 * draw(50, 6)).softmax(dim=1)
    whole = class_correlation(p)
    monkeypatch.setattr('dann.functional.gram.BLOCK', 7)
    assert class_correlation(p) == pytest.approx(whole, rel=1e-12)


def accuracies_and_scores(rule: CorrC) -> tuple[list[float], list[float]]:
    """Of models that know the labels better and better, and of two that have collapsed."""
    labels = torch.arange(400) % 10
    noise, truth = 3 * draw(400, 10), 6 * torch.eye(10, dtype=torch.float64)[labels]
    models = [signal * truth + noise for signal in (0.25, 0.5, 1.0, 2.0, 4.0)]
    models.insert(0, 30 * torch.eye(10, dtype=torch.float64)[:1].repeat(400, 1))
    models.insert(0, torch.zeros(400, 10, dtype=torch.float64))
    accuracies = [float((model.argmax(dim=1) == labels).double().mean()) for model in models]
    return accuracies, [rule.score(outputs(model), outputs(model)) for model in models]


def test_the_direction_follows_the_labels() -> None:
    accuracies, scores = accuracies_and_scores(CorrC())
    assert accuracies[:2] == [0.1, 0.1]
    assert accuracies[2:] == sorted(accuracies[2:])
    assert max(scores[:2]) < min(scores[2:])
    assert scores[2:] == sorted(scores[2:])


def test_the_other_direction_chooses_the_collapsed_model() -> None:
    accuracies, scores = accuracies_and_scores(CorrC('lower'))
    assert accuracies[scores.index(max(scores))] == min(accuracies)
    assert scores == [-score for score in accuracies_and_scores(CorrC())[1]]


def test_an_unknown_direction_is_named() -> None:
    with pytest.raises(ValueError, match=r'direction.*up'):
        CorrC('up')  # type: ignore[arg-type]
