"""What holds for every validator: models that have collapsed, determinism, and the order of samples."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
import torch

from dann.core.registry import registered
from dann.core.views import View
from dann.validators import Validator

VALIDATORS = [kind() for kind in registered(Validator, 'dann.validators').values()]
CLASSES = 5
every_validator = pytest.mark.parametrize('rule', VALIDATORS, ids=lambda rule: rule.name)


def views(count: int = 60, seed: int = 0) -> tuple[View, View]:
    """Of a model that is mostly right on the source and sees somewhat shifted clusters on the target."""
    rng = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % CLASSES
    centres = 3 * torch.randn(CLASSES, 6, generator=rng)
    source, target = (centres[labels] + shift + torch.randn(count, 6, generator=rng) for shift in (0, 0.5))
    mixed = torch.randn(count, CLASSES, generator=rng)
    partner = (target @ centres.T).argmax(dim=1)[torch.randperm(count, generator=rng)]
    return (
        View(source, source @ centres.T, labels),
        View(target, target @ centres.T, extra={'mixup.logits': mixed, 'mixup.partner': partner}),
    )


def changed(view: View, features: float, logits: torch.Tensor | float) -> View:
    """The view with all features and logits the same."""
    equal = torch.zeros_like(view.logits) + logits
    extra = dict(view.extra) | ({'mixup.logits': equal} if view.extra else {})
    return View(torch.full_like(view.features, features), equal, view.labels, extra=extra)


CASES: dict[str, tuple[float, torch.Tensor | float]] = {
    'one class': (1.0, torch.tensor([50.0, 0, 0, 0, 0])),
    'all zero': (0.0, 0.0),
    'nan': (math.nan, math.nan),
    'infinite': (math.inf, math.inf),
    'huge': (1e30, torch.tensor([1e30, 0, 0, 0, 0])),
}


@every_validator
@pytest.mark.parametrize('case', CASES)
@pytest.mark.filterwarnings('ignore')
def test_a_broken_model_has_a_score_or_none(rule: Validator, case: str) -> None:
    source, target = (changed(view, *CASES[case]) for view in views())
    assert isinstance(rule.score(source, target), float)
    assert isinstance(rule.score(views()[0], target), float)


@every_validator
@pytest.mark.parametrize('count', [1, 2, 3])
@pytest.mark.filterwarnings('ignore')
def test_a_tiny_split_has_a_score_or_none(rule: Validator, count: int) -> None:
    assert isinstance(rule.score(*views(count)), float)


@every_validator
def test_a_score_is_finite_repeatable_and_draws_from_no_global_generator(rule: Validator) -> None:
    states = torch.random.get_rng_state(), str(np.random.get_state()), random.getstate()
    first, again = (rule.score(*views()) for _ in range(2))
    assert math.isfinite(first)
    assert first == again
    assert torch.equal(states[0], torch.random.get_rng_state())
    assert states[1] == str(np.random.get_state())
    assert states[2] == random.getstate()


@every_validator
def test_the_order_of_target_samples_changes_nothing(rule: Validator) -> None:
    source, target = views()
    order = torch.randperm(len(target), generator=torch.Generator().manual_seed(3))
    assert rule.score(source, target[order]) == pytest.approx(rule.score(source, target), rel=1e-4, abs=1e-6)
