"""What a validator must have to be one, and which there are by default."""

from __future__ import annotations

import pytest
import torch

from dann.core.registry import registered
from dann.core.validator import Validator, default_validators, estimators
from dann.core.views import View
from dann.validators.rankme import RankMe


def kinds() -> list[type[Validator]]:
    return list(registered(Validator, 'dann.validators').values())


def test_every_validator_of_the_package_is_a_default_one_but_the_estimates_of_accuracy() -> None:
    expected = [kind for kind in kinds() if not kind.estimates]
    assert [type(rule) for rule in default_validators()] == expected


def test_the_estimates_of_accuracy() -> None:
    assert [rule.name for rule in estimators()] == ['atc', 'cot', 'doc']
    assert all(rule.estimates and not rule.default for rule in estimators())


def test_one_that_says_so_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RankMe, 'default', False)
    expected = [kind for kind in kinds() if not kind.estimates and kind is not RankMe]
    assert [type(rule) for rule in default_validators()] == expected


def test_a_validator_needs_no_further_pass_unless_it_says_so() -> None:
    assert {rule.name for rule in default_validators() if rule.needs} == {'mixval'}


def test_the_dear_ones_are_those_that_compare_samples_or_fit_a_classifier() -> None:
    dear = {'class_silhouette', 'dev', 'devn', 'iwcv', 'mmd', 'nearest_source', 'target_knn'}
    assert {rule.name for rule in default_validators() if rule.cost == 'dear'} == dear


def test_a_validator_writes_score_and_nothing_else() -> None:
    class Width(Validator):
        name = 'width'

        def score(self, source: View, target: View) -> float:
            return float(target.features.shape[1])

    view = View(torch.zeros(2, 5), torch.zeros(2, 3))
    assert Width().score(view, view) == 5.0


def test_one_without_a_score_cannot_be_made() -> None:
    class Empty(Validator):
        name = 'empty'

    with pytest.raises(TypeError, match='abstract'):
        Empty()  # type: ignore[abstract]
