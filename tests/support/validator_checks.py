"""What holds for validators of one kind: order, samples, random states, better and broken models."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from planted_shift import domains, shuffled
from torch import Tensor

from dann.core.validator import Validator
from dann.core.views import View

Kind = Callable[..., Validator]


def outputs(logits: Tensor, labels: Tensor | None = None) -> View:
    """A view of which nothing but the logits, and labels, may matter."""
    return View(torch.full((len(logits), 2), math.nan, dtype=logits.dtype), logits, labels)


def rounded() -> tuple[View, View]:
    """Two domains whose features and logits hold many ties."""
    source, target, _ = domains(tilt=0.4)
    return (
        View(source.features.round(), source.logits.round(), source.labels),
        View(target.features.round(), target.logits.round()),
    )


def order_does_not_matter(kind: Kind, views: tuple[View, View], **tolerance: Any) -> None:
    """Samples in another order score the same."""
    got = kind().score(*map(shuffled, views))
    assert got == pytest.approx(kind().score(*views), **tolerance)


def better_models_score_higher(kind: Kind) -> None:
    """Models that are tilted away from the truth score lower, as their accuracy is."""
    scores, accuracies = [], []
    for tilt in (0.0, 0.5, 1.0):
        source, target, hidden = domains(300, 300, shift=0.3, tilt=tilt)
        scores.append(kind().score(source, target))
        accuracies.append(float((target.predictions == hidden).double().mean()))
    assert scores == sorted(scores, reverse=True)
    assert accuracies == sorted(accuracies, reverse=True)


def large_splits_are_sampled(kind: Kind) -> None:
    """A split beyond ``most`` is scored on a part of it, the same every time, near the score of the whole."""
    source, target, _ = domains(400, 300, tilt=0.4)
    few = kind(most=100).score(source, target)
    assert few == kind(most=100).score(source, target)
    assert few != kind().score(source, target)
    assert few == pytest.approx(kind().score(source, target), abs=0.2)


def random_states_stay(kind: Kind, **options: Any) -> None:
    """A score draws from no global generator."""
    source, target, _ = domains(400, 300)
    torch.manual_seed(3)
    np.random.seed(3)
    kind(**options).score(source, target)
    after = float(torch.rand(())), float(np.random.rand())
    torch.manual_seed(3)
    np.random.seed(3)
    assert after == (float(torch.rand(())), float(np.random.rand()))


def broken_features_give_nan(kind: Kind) -> None:
    """One feature that is not finite leaves the score undefined."""
    for value in (math.inf, math.nan):
        source, target, _ = domains()
        target.features[3, 0] = value
        target.logits[3, 0] = value
        assert math.isnan(kind().score(source, target))


def collapsed(source_count: int = 60, target_count: int = 50) -> tuple[View, View, float]:
    """Views of a network that says one class of everything, and the share of that class in the source."""
    labels = domains()[0].labels
    assert labels is not None
    labels = labels[:source_count]
    logits = torch.tensor([[5.0, 0.0, 0.0]], dtype=torch.float64)
    source = View(torch.ones(source_count, 3), logits.expand(source_count, 3), labels)
    target = View(torch.ones(target_count, 3), logits.expand(target_count, 3))
    return source, target, float((labels == 0).double().mean())
