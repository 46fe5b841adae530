"""The contrastive discrepancy and its clusters against the published formulas."""

from __future__ import annotations

import numpy as np
import pytest
import references_kernels as ker
import torch
from draws import CLASSES, SHAPES, assert_source_labels_needed, draw, hold_bandwidth, pair, views
from recorded import Published, assert_close, load
from torch import Tensor
from torch.nn import functional as F

from dann.core.views import View
from dann.functional.kernels import mean_distance
from dann.functional.labels import labels_of
from dann.methods.alignment.can import CAN, contrastive_discrepancy, spherical_clusters


def members(labels: Tensor) -> Tensor:
    """One-hot rows; a row of zeros for a label of -1."""
    return torch.nn.functional.one_hot(labels + 1, CLASSES + 1)[:, 1:]


@pytest.mark.parametrize(
    'theirs', [(0, 1, 2, 0, 1), (0, 0, -1, 1, -1), (2, 2, 2, 2, 2), (-1, -1, -1, -1, -1)]
)
@pytest.mark.parametrize('ours', [(0, 1, 2, 0, 1, 2, 0, 1, 2), (2, 2, 2, 2, 2, 2, 2, 0, 2)])
def test_contrastive_discrepancy(ours: tuple[int, ...], theirs: tuple[int, ...]) -> None:
    source, target = pair(SHAPES[0])
    labels = torch.tensor(ours), torch.tensor(theirs)
    expected = ker.contrastive_discrepancy(
        source.numpy(), target.numpy(), labels[0].numpy(), labels[1].numpy()
    )
    got = contrastive_discrepancy(source, target, *(members(each) for each in labels))
    assert float(got) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize('seed', range(4))
def test_spherical_clusters(seed: int) -> None:
    source, target = draw(12, 3, seed=seed) + 0.5, draw(25, 3, seed=9 + seed)
    labels = 2 * (torch.arange(12) % 2)  # class 1 has no source sample
    classes, distances = spherical_clusters(source, members(labels), target, iterations=40)
    expected = ker.spherical_clusters(source.numpy(), labels.numpy(), target.numpy())
    assert classes.tolist() == expected[0].tolist()
    np.testing.assert_allclose(distances.numpy(), expected[1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(('max_distance', 'min_count'), [(1.0, 1), (0.2, 1), (1.0, 2)])
def test_can(max_distance: float, min_count: int) -> None:
    source, target = views(((9, 4), (8, 4)))
    labels = labels_of(source).numpy()
    found, distances = ker.spherical_clusters(source.features.numpy(), labels, target.features.numpy())
    found = np.where(distances <= max_distance, found, -1)
    found = np.array([c if (found == c).sum() >= min_count else -1 for c in found])
    layers = [(view.features.numpy(), view.probabilities.numpy()) for view in (source, target)]
    expected = sum(
        ker.contrastive_discrepancy(ours, theirs, labels, found) for ours, theirs in zip(*layers, strict=True)
    )
    got = CAN(max_distance=max_distance, min_count=min_count)(source, target, 0.5)['can']
    assert got.item() == pytest.approx(0.5 * expected, rel=1e-9)


def test_contrastive_discrepancy_is_lowest_where_classes_meet() -> None:
    labels = torch.arange(30) % CLASSES
    blobs = 0.1 * draw(30, 4) + 3 * torch.eye(4, dtype=torch.float64)[labels]
    met, missed = (
        float(contrastive_discrepancy(blobs, blobs, members(labels), members(others)))
        for others in (labels, (labels + 1) % CLASSES)
    )
    assert met < 0 < missed
    classes, distances = spherical_clusters(blobs, members(labels), 2 * blobs.flip(0))
    assert torch.equal(classes, labels.flip(0))
    assert distances.max() < 0.05


def test_can_without_a_class_that_counts_is_zero_and_attached() -> None:
    source, target = views()
    target = View(target.features.requires_grad_(), target.logits.requires_grad_())
    value = CAN(min_count=100)(source, target, 1.0)['can']
    assert value.item() == 0
    grads = torch.autograd.grad(value, [target.features, target.logits])
    assert all(grad.abs().max() == 0 for grad in grads)


def test_can_of_features_that_are_zero_is_finite() -> None:
    zeros = torch.zeros(5, 4, dtype=torch.float64, requires_grad=True)
    view = View(zeros, draw(5, CLASSES), torch.arange(5) % CLASSES)
    value = CAN()(view, View(view.features, view.logits), 1.0)['can']
    assert torch.autograd.grad(value, zeros)[0].isfinite().all()


def test_an_empty_cluster_keeps_its_centre() -> None:
    source = torch.eye(2, dtype=torch.float64)
    target = torch.tensor([[1.0, 0.1], [1.0, -0.1], [-0.64, -0.77]], dtype=torch.float64)
    classes, _ = spherical_clusters(source, torch.eye(2), target)
    # the third sample is far from both centres, but farther from the second
    assert classes.tolist() == [0, 0, 0]


def literal_cdd(record: Published, *, as_skada: bool) -> Tensor:
    """Return the paper's formula pair by pair; ``as_skada`` brings in skada's four departures from it."""
    sigmas = torch.tensor(record.options['sigmas'], dtype=torch.float64)
    domains = record['source'].detach(), record['target'].detach()
    members = [F.one_hot(record[f'{name}_labels']).double() for name in ('source', 'target')]

    def kernel(x: Tensor, y: Tensor) -> Tensor:
        distances = torch.cdist(x, y)  # 1. not squared
        return (-(distances if as_skada else distances.square())[..., None] / sigmas).exp().sum(dim=-1)

    def within(x: Tensor, weights: Tensor) -> Tensor:
        left = torch.ones_like(weights) if as_skada else weights  # 2. rows of every class
        return left @ kernel(x, x) @ weights / weights.sum() ** 2

    def pair(one: int, other: int) -> Tensor:
        ours, theirs = members[0][:, one], members[1][:, other]
        across = ours @ kernel(*domains) @ theirs / (ours.sum() * theirs.sum())
        if as_skada:
            across = across / (ours.sum() * theirs.sum())  # 3. divided by the number of pairs twice
        return within(domains[0], ours) + within(domains[1], theirs) - 2 * across

    classes = range(members[0].shape[1])
    pairs = [
        (a, b) for a in classes for b in classes if (a < b if as_skada else a != b)
    ]  # 4. half of the pairs
    same = torch.stack([pair(each, each) for each in classes]).mean()
    return same - torch.stack([pair(*each) for each in pairs]).sum() / (len(classes) * (len(classes) - 1))


def test_cdd_skada() -> None:
    """skada departs from the paper in four places: 3.9281 where the paper's formula and ours give -3.9104."""
    record = load('cdd_skada')
    assert_close(literal_cdd(record, as_skada=True), record.value)
    ours = mean_distance(torch.cat([record['source'], record['target']]))
    value = contrastive_discrepancy(
        record['source'],
        record['target'],
        F.one_hot(record['source_labels']),
        F.one_hot(record['target_labels']),
        scales=[float(sigma / (2 * ours)) for sigma in record.options['sigmas']],
    )
    assert_close(value, literal_cdd(record, as_skada=False))
    assert_close(value, torch.tensor(-3.9104, dtype=torch.float64), within=1e-4)


def test_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    hold_bandwidth(monkeypatch)
    labels = members(torch.arange(7) % CLASSES), members(torch.arange(5) % 2)
    assert torch.autograd.gradcheck(
        lambda s, t: contrastive_discrepancy(s, t, *labels), pair(((7, 4), (5, 4)), grad=True)
    )


def test_an_unlabelled_source_is_named() -> None:
    assert_source_labels_needed(CAN())


def test_options_out_of_range_are_named() -> None:
    with pytest.raises(ValueError, match='expected `max_distance`'):
        CAN(max_distance=0.0)


def test_samples_far_from_their_clusters_centre_are_left_out() -> None:
    source, target = views(((9, 4), (8, 4)))
    there = F.one_hot(labels_of(source), CLASSES)
    classes, distances = spherical_clusters(source.features, there, target.features)
    method = CAN(max_distance=float(distances.sort().values[3]))
    expected = F.one_hot(classes, CLASSES) * (distances.argsort().argsort() < 4)[:, None]
    assert torch.equal(method.members(source, there, target), expected)
