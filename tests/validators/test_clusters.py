"""Scores of predicted classes against the clusters of features."""

from __future__ import annotations

import math

import numpy as np
import pytest
import references_validators_b as ref
import torch
from torch import Tensor

from dann.core.views import View
from dann.validators.class_ami import ClassAMI, class_ami
from dann.validators.class_silhouette import ClassSilhouette, silhouette
from dann.validators.clusters import class_means, clusters

CLASSES = 4


def blobs(count: int = 60, spread: float = 0.5, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Features around four corners of a square of side 4, and which corner."""
    rng = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % CLASSES
    corners = torch.tensor([[0.0, 0], [4, 0], [0, 4], [4, 4]], dtype=torch.float64)
    return corners[labels] + spread * torch.randn(count, 2, generator=rng, dtype=torch.float64), labels


def mistaken(labels: Tensor, share: float, seed: int = 1) -> Tensor:
    """Labels of which a share is replaced by random ones."""
    rng = torch.Generator().manual_seed(seed)
    other = torch.randint(CLASSES, labels.shape, generator=rng)
    return torch.where(torch.rand(len(labels), generator=rng) < share, other, labels)


def view(features: Tensor, predictions: Tensor) -> View:
    return View(features, torch.eye(CLASSES, dtype=features.dtype)[predictions])


@pytest.mark.parametrize('spread', [0.5, 1.5])
@pytest.mark.parametrize('share', [0.0, 0.4])
def test_against_the_formulas(spread: float, share: float) -> None:
    features, labels = blobs(spread=spread)
    predicted = mistaken(labels, share)
    found = clusters(features, predicted, CLASSES)
    expected = ref.k_means(features.numpy(), predicted.numpy(), CLASSES)
    assert found is not None
    assert found.tolist() == expected.tolist()
    both = view(features, predicted)
    assert ClassAMI().score(both, both) == pytest.approx(ref.ami(predicted.numpy(), expected), rel=1e-9)
    assert ClassSilhouette().score(both, both) == pytest.approx(
        ref.silhouette(features.numpy(), expected), rel=1e-9
    )
    assert ClassSilhouette('predictions').score(both, both) == pytest.approx(
        ref.silhouette(features.numpy(), predicted.numpy()), rel=1e-9
    )


def test_class_means_are_zero_for_a_class_that_is_never_predicted() -> None:
    features, labels = blobs()
    means = class_means(features, labels.clamp(max=2), CLASSES)
    assert torch.allclose(means[0], features[labels == 0].mean(dim=0))
    assert means[3].tolist() == [0, 0]


def test_classes_that_are_the_clusters_score_one() -> None:
    features, labels = blobs()
    assert class_ami(features, labels, CLASSES) == pytest.approx(1)


def test_better_predictions_score_higher() -> None:
    features, labels = blobs(200)
    models = [mistaken(labels, share) for share in (0.9, 0.6, 0.3, 0.0)]
    for of in (ClassAMI(), ClassSilhouette('predictions')):
        scores = [of.score(view(features, model), view(features, model)) for model in models]
        assert scores == sorted(scores)
        assert scores[0] < scores[-1] - 0.1


def test_tighter_clusters_have_a_higher_silhouette() -> None:
    labels = blobs()[1]
    loose, tight = (view(blobs(spread=spread)[0], labels) for spread in (1.5, 0.3))
    assert ClassSilhouette().score(loose, loose) < ClassSilhouette().score(tight, tight)


def test_a_model_of_one_class_scores_zero() -> None:
    features, _ = blobs()
    one = view(features, torch.zeros(60, dtype=torch.long))
    assert ClassAMI().score(one, one) == pytest.approx(0, abs=1e-12)
    assert math.isnan(ClassSilhouette('predictions').score(one, one))


def test_nothing_to_compare_is_nan() -> None:
    point = view(torch.ones(9, 2), torch.zeros(9, dtype=torch.long))
    few = view(torch.randn(3, 2, generator=torch.Generator().manual_seed(0)), torch.arange(3))
    broken = view(torch.full((9, 2), math.nan), torch.arange(9) % CLASSES)
    for rule in (ClassAMI(), ClassSilhouette(), ClassSilhouette('predictions')):
        for case in (point, few, broken):
            assert math.isnan(rule.score(case, case))


def test_a_split_with_fewer_samples_than_classes_is_scored_on_those_predicted() -> None:
    features, labels = blobs(12)
    few = View(features, torch.nn.functional.one_hot(labels, 40).float())
    same = View(features, torch.nn.functional.one_hot(labels, CLASSES).float())
    for rule in (ClassAMI(), ClassSilhouette()):
        assert rule.score(few, few) == pytest.approx(rule.score(same, same))


def test_a_large_split_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('dann.validators.class_ami.MOST', 40)
    monkeypatch.setattr('dann.validators.class_silhouette.MOST', 40)
    features, labels = blobs(400)
    predicted = mistaken(labels, 0.4)
    both = view(features, predicted)
    kept = torch.randperm(400, generator=torch.Generator().manual_seed(0))[:40]
    part = view(features[kept], predicted[kept])
    assert ClassAMI().score(both, both) == pytest.approx(ClassAMI().score(part, part))
    assert ClassSilhouette().score(both, both) == pytest.approx(ClassSilhouette().score(part, part))


def test_the_silhouette_of_singletons_is_undefined() -> None:
    features, _ = blobs(8)
    assert math.isnan(silhouette(features, np.arange(8)))


def test_silhouette_knows_what_it_is_of() -> None:
    with pytest.raises(ValueError, match=r'of.*classes'):
        ClassSilhouette('classes')  # type: ignore[arg-type]
