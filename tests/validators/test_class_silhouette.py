"""Silhouette of the clusters that start from predicted classes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import references_validators_b as ref
import torch
from blobs import CLASSES, blobs, mistaken, nothing_to_compare, predicted_view

from dann.core.views import View
from dann.validators.class_silhouette import ClassSilhouette, silhouette


@pytest.mark.parametrize('spread', [0.5, 1.5])
@pytest.mark.parametrize('share', [0.0, 0.4])
def test_against_the_formula(spread: float, share: float) -> None:
    features, labels = blobs(spread=spread)
    predicted = mistaken(labels, share)
    parts = ref.k_means(features.numpy(), predicted.numpy(), CLASSES)
    both = predicted_view(features, predicted)
    expected = ref.silhouette(features.numpy(), parts)
    assert ClassSilhouette().score(both, both) == pytest.approx(expected, rel=1e-9)
    expected = ref.silhouette(features.numpy(), predicted.numpy())
    assert ClassSilhouette('predictions').score(both, both) == pytest.approx(expected, rel=1e-9)


def test_better_predictions_score_higher() -> None:
    features, labels = blobs(200)
    models = [predicted_view(features, mistaken(labels, share)) for share in (0.9, 0.6, 0.3, 0.0)]
    scores = [ClassSilhouette('predictions').score(model, model) for model in models]
    assert scores == sorted(scores)
    assert scores[0] < scores[-1] - 0.1


def test_tighter_clusters_score_higher() -> None:
    labels = blobs()[1]
    loose, tight = (predicted_view(blobs(spread=spread)[0], labels) for spread in (1.5, 0.3))
    assert ClassSilhouette().score(loose, loose) < ClassSilhouette().score(tight, tight)


def test_predictions_of_one_class_have_no_silhouette() -> None:
    one = predicted_view(blobs()[0], torch.zeros(60, dtype=torch.long))
    assert math.isnan(ClassSilhouette('predictions').score(one, one))


def test_nothing_to_compare_is_nan() -> None:
    for rule in (ClassSilhouette(), ClassSilhouette('predictions')):
        for view in nothing_to_compare():
            assert math.isnan(rule.score(view, view))


def test_a_split_with_fewer_samples_than_classes_is_scored_on_those_predicted() -> None:
    features, labels = blobs(12)
    few = View(features, torch.nn.functional.one_hot(labels, 40).float())
    same = View(features, torch.nn.functional.one_hot(labels, CLASSES).float())
    assert ClassSilhouette().score(few, few) == pytest.approx(ClassSilhouette().score(same, same))


def test_a_large_split_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('dann.validators.class_silhouette.MOST', 40)
    features, labels = blobs(400)
    predicted = mistaken(labels, 0.4)
    both = predicted_view(features, predicted)
    kept = torch.randperm(400, generator=torch.Generator().manual_seed(0))[:40]
    part = predicted_view(features[kept], predicted[kept])
    assert ClassSilhouette().score(both, both) == pytest.approx(ClassSilhouette().score(part, part))


def test_singletons_have_no_silhouette() -> None:
    assert math.isnan(silhouette(blobs(8)[0], np.arange(8)))


def test_an_unknown_partition_is_named() -> None:
    with pytest.raises(ValueError, match=r'of.*classes'):
        ClassSilhouette('classes')  # type: ignore[arg-type]
