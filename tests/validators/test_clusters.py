"""K-means from the means of predicted classes."""

from __future__ import annotations

import pytest
import references_validators_b as ref
import torch
from blobs import CLASSES, blobs, mistaken, nothing_to_compare

from dann.validators.clusters import class_means, clusters


@pytest.mark.parametrize('spread', [0.5, 1.5])
@pytest.mark.parametrize('share', [0.0, 0.4])
def test_against_the_algorithm(spread: float, share: float) -> None:
    features, labels = blobs(spread=spread)
    predicted = mistaken(labels, share)
    found = clusters(features, predicted, CLASSES)
    assert found is not None
    assert found.tolist() == ref.k_means(features.numpy(), predicted.numpy(), CLASSES).tolist()


def test_class_means_are_zero_for_a_class_that_is_never_predicted() -> None:
    features, labels = blobs()
    means = class_means(features, labels.clamp(max=2), CLASSES)
    assert torch.allclose(means[0], features[labels == 0].mean(dim=0))
    assert means[3].tolist() == [0, 0]


def test_with_fewer_samples_than_classes_those_predicted_start_a_cluster() -> None:
    features, labels = blobs(12)
    few, same = clusters(features, labels, 40), clusters(features, labels, CLASSES)
    assert few is not None
    assert same is not None
    assert few.tolist() == same.tolist()


def test_nothing_to_cluster_is_none() -> None:
    _, few, broken = nothing_to_compare()
    for view in (few, broken):
        assert clusters(view.features, view.predictions, CLASSES) is None


def test_the_mean_of_a_class_of_one_sample_is_that_sample() -> None:
    features = torch.tensor([[2.0, 4.0], [6.0, 0.0], [8.0, 2.0]])
    means = class_means(features, torch.tensor([1, 0, 0]), 3)
    assert means.tolist() == [[7, 1], [2, 4], [0, 0]]
