"""Agreement of predicted classes and clusters."""

from __future__ import annotations

import math

import pytest
import references_validators_b as ref
import torch
from blobs import CLASSES, blobs, mistaken, nothing_to_compare, predicted_view

from dann.core.views import View
from dann.validators.class_ami import ClassAMI, class_ami


@pytest.mark.parametrize('spread', [0.5, 1.5])
@pytest.mark.parametrize('share', [0.0, 0.4])
def test_against_the_formula(spread: float, share: float) -> None:
    features, labels = blobs(spread=spread)
    predicted = mistaken(labels, share)
    parts = ref.k_means(features.numpy(), predicted.numpy(), CLASSES)
    both = predicted_view(features, predicted)
    assert ClassAMI().score(both, both) == pytest.approx(ref.ami(predicted.numpy(), parts), rel=1e-9)


def test_classes_that_are_the_clusters_score_one() -> None:
    assert class_ami(*blobs(), CLASSES) == pytest.approx(1)


def test_better_predictions_score_higher() -> None:
    features, labels = blobs(200)
    models = [predicted_view(features, mistaken(labels, share)) for share in (0.9, 0.6, 0.3, 0.0)]
    scores = [ClassAMI().score(model, model) for model in models]
    assert scores == sorted(scores)
    assert scores[0] < scores[-1] - 0.1


def test_a_model_of_one_class_scores_zero() -> None:
    one = predicted_view(blobs()[0], torch.zeros(60, dtype=torch.long))
    assert ClassAMI().score(one, one) == pytest.approx(0, abs=1e-12)


def test_nothing_to_compare_is_nan() -> None:
    for view in nothing_to_compare():
        assert math.isnan(ClassAMI().score(view, view))


def test_a_split_with_fewer_samples_than_classes_is_scored_on_those_predicted() -> None:
    features, labels = blobs(12)
    few = View(features, torch.nn.functional.one_hot(labels, 40).float())
    same = View(features, torch.nn.functional.one_hot(labels, CLASSES).float())
    assert ClassAMI().score(few, few) == pytest.approx(ClassAMI().score(same, same))


def test_a_large_split_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('dann.validators.class_ami.MOST', 40)
    features, labels = blobs(400)
    predicted = mistaken(labels, 0.4)
    both = predicted_view(features, predicted)
    kept = torch.randperm(400, generator=torch.Generator().manual_seed(0))[:40]
    part = predicted_view(features[kept], predicted[kept])
    assert ClassAMI().score(both, both) == pytest.approx(ClassAMI().score(part, part))
