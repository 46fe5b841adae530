"""Spherical k-means against a slower author, and what it promises."""

from __future__ import annotations

import math

import numpy as np
import pytest
import references_kernels as ker
import torch
from draws import draw
from torch import Tensor
from torch.nn import functional as F

from dann.functional.clusters import Clusters, cosine_distance, directions, spherical_clusters


def clustered(source: Tensor, labels: Tensor, target: Tensor, iterations: int = 100) -> Clusters:
    return spherical_clusters(target, directions(source, F.one_hot(labels, 3)), iterations=iterations)


@pytest.mark.parametrize('seed', range(4))
def test_spherical_clusters(seed: int) -> None:
    source, target = draw(12, 3, seed=seed) + 0.5, draw(25, 3, seed=9 + seed)
    labels = 2 * (torch.arange(12) % 2)  # class 1 has no source sample
    found = clustered(source, labels, target)
    expected = ker.spherical_clusters(source.numpy(), labels.numpy(), target.numpy())
    assert found.classes.tolist() == expected[0].tolist()
    np.testing.assert_allclose(found.distances.numpy(), expected[1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize('seed', range(3))
def test_centres_are_where_nothing_moves_any_more(seed: int) -> None:
    source, target = draw(12, 3, seed=seed) + 0.5, draw(25, 3, seed=9 + seed)
    found = clustered(source, torch.arange(12) % 3, target)
    unit = F.normalize(target, dim=1)
    for label in set(found.classes.tolist()):
        mean = unit[found.classes == label].mean(dim=0)
        torch.testing.assert_close(found.centres[label], mean / mean.norm())
    assert torch.equal((unit @ found.centres.T).argmax(dim=1), found.classes)
    for sample, label, distance in zip(unit, found.classes, found.distances, strict=True):
        angle = math.acos(float((sample @ found.centres[label]).clamp(-1, 1)))
        assert float(distance) == pytest.approx(math.sin(angle / 2) ** 2, abs=1e-9)


def test_directions_of_parts_add_up_and_do_not_see_lengths() -> None:
    features, members = draw(9, 4), F.one_hot(torch.arange(9) % 3, 4)
    whole = directions(features, members)
    expected = [
        sum((row / row.norm() for row in features[members[:, c] == 1]), torch.zeros(4, dtype=torch.float64))
        for c in range(4)
    ]
    torch.testing.assert_close(whole, torch.stack(expected))
    assert not whole[3].any()
    torch.testing.assert_close(
        directions(features[:4], members[:4]) + directions(features[4:], members[4:]), whole
    )
    lengths = torch.arange(1, 10, dtype=torch.float64)[:, None]
    torch.testing.assert_close(directions(lengths * features, members), whole)


def test_lengths_and_the_order_of_samples_change_nothing() -> None:
    source, target, labels = draw(12, 3), draw(25, 3, seed=1), torch.arange(12) % 3
    found, turned = clustered(source, labels, target), clustered(3 * source, labels, 2 * target.flip(0))
    assert torch.equal(turned.classes, found.classes.flip(0))
    torch.testing.assert_close(turned.centres, found.centres)


def test_separate_blobs_are_found() -> None:
    labels = torch.arange(30) % 3
    blobs = 0.1 * draw(30, 4) + 3 * torch.eye(4, dtype=torch.float64)[labels]
    found = clustered(blobs, labels, blobs + 0.5)
    assert torch.equal(found.classes, labels)
    assert found.distances.max() < 0.05


def test_an_empty_cluster_keeps_its_centre() -> None:
    target = torch.tensor([[1.0, 0.1], [1.0, -0.1], [-0.64, -0.77]], dtype=torch.float64)
    found = spherical_clusters(target, torch.eye(2, dtype=torch.float64))
    # the third sample is far from both centres, but farther from the second
    assert found.classes.tolist() == [0, 0, 0]
    assert found.centres[1].tolist() == [0, 1]


def test_no_more_rounds_than_asked_for() -> None:
    source, target = draw(12, 3, seed=2) + 0.5, draw(200, 3, seed=9)
    labels = torch.arange(12) % 3
    one, all_ = clustered(source, labels, target, 1), clustered(source, labels, target)
    assert not torch.equal(one.classes, all_.classes)


def test_the_distance_of_directions() -> None:
    one = torch.tensor([[1.0, 0], [1, 0], [1, 0], [1, 0]])
    other = torch.tensor([[2.0, 0], [0, 3], [-1, 0], [0, 0]])
    assert cosine_distance(one, other).tolist() == pytest.approx([0, 0.5, 1, 0.5])


def test_no_gradient_leaves_the_clusters() -> None:
    found = spherical_clusters(draw(5, 3, grad=True), draw(2, 3, seed=1, grad=True))
    assert not found.distances.requires_grad
    assert not found.centres.requires_grad


@pytest.mark.parametrize(
    ('target', 'centres', 'iterations', 'message'),
    [
        (torch.ones(4, 3), torch.ones(2, 5), 9, r'expected features of shape'),
        (torch.ones(4, 3), torch.zeros(2, 3), 9, 'expected a class with source samples'),
        (torch.ones(4, 3), torch.ones(2, 3), 0, 'expected `iterations` of at least 1, got 0'),
    ],
)
def test_bad_arguments(target: Tensor, centres: Tensor, iterations: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        spherical_clusters(target, centres, iterations=iterations)
