"""Weights of classes against a slow author, at both ends of beta, and in training."""

from __future__ import annotations

import pytest
import torch
from fair_views import drawn_view, split

from dann.core.errors import CheckError
from dann.tasks.class_weights import ClassWeights, effective_weights


def slow_weights(counts: list[int], beta: float) -> list[float]:
    raw = [0.0 if not n else 1 / n if beta == 1 else (1 - beta) / (1 - beta**n) for n in counts]
    present = sum(n > 0 for n in counts)
    return [present * each / sum(raw) for each in raw]


@pytest.mark.parametrize('beta', [0.0, 0.9, 0.999, 1.0])
@pytest.mark.parametrize('counts', [[5, 50, 500], [1, 1], [7, 0, 3, 100]])
def test_weights_are_those_of_a_slow_author(counts: list[int], beta: float) -> None:
    found = effective_weights(torch.tensor(counts), beta)
    assert found.tolist() == pytest.approx(slow_weights(counts, beta), rel=1e-6)
    assert float(found.sum()) == pytest.approx(sum(n > 0 for n in counts), rel=1e-6)


def test_the_loss_is_the_weighted_mean_of_a_slow_author() -> None:
    view, losses, _ = drawn_view()
    labels, _ = split()
    fairness = ClassWeights(0.99)
    fairness.build(4)
    fairness.learn(labels, None)
    weights = slow_weights(torch.bincount(labels, minlength=4).tolist(), 0.99)
    assert view.labels is not None
    pairs = zip(view.labels.tolist(), losses.tolist(), strict=True)
    expected = sum(weights[label] * loss for label, loss in pairs) / len(losses)
    assert float(fairness(losses, view, None)) == pytest.approx(expected, rel=1e-6)


def test_beta_0_weighs_all_alike_and_beta_near_1_as_the_inverse_frequency() -> None:
    counts = torch.tensor([3, 30, 300])
    assert effective_weights(counts, 0.0).tolist() == pytest.approx([1, 1, 1])
    near, limit = effective_weights(counts, 1 - 1e-9), effective_weights(counts, 1.0)
    assert near.tolist() == pytest.approx(limit.tolist(), rel=1e-4)
    assert (limit * counts).tolist() == pytest.approx([float(limit[0] * 3)] * 3)


def test_a_beta_that_is_none_is_refused() -> None:
    with pytest.raises(CheckError, match=r'`beta` in \[0, 1\], got 1.5'):
        ClassWeights(1.5)
