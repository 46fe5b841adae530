"""The contrastive discrepancy against the published formula."""

from __future__ import annotations

import pytest
import references_kernels as ker
import torch
from draws import CLASSES, SHAPES, draw, hold_bandwidth, pair
from recorded import Published, assert_close, load
from torch import Tensor
from torch.nn import functional as F

from dann.functional.contrastive import contrastive_discrepancy
from dann.functional.kernels import mean_distance


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


def test_contrastive_discrepancy_is_lowest_where_classes_meet() -> None:
    labels = torch.arange(30) % CLASSES
    blobs = 0.1 * draw(30, 4) + 3 * torch.eye(4, dtype=torch.float64)[labels]
    met, missed = (
        float(contrastive_discrepancy(blobs, blobs, members(labels), members(others)))
        for others in (labels, (labels + 1) % CLASSES)
    )
    assert met < 0 < missed


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


def test_without_a_class_that_counts_it_is_zero_and_attached() -> None:
    source, target = pair(SHAPES[0], grad=True)
    nobody = torch.zeros(len(target), CLASSES)
    value = contrastive_discrepancy(source, target, members(torch.arange(len(source)) % CLASSES), nobody)
    assert value.item() == 0
    assert all(not each.any() for each in torch.autograd.grad(value, [source, target]))


def test_features_that_are_zero_have_a_finite_gradient() -> None:
    zeros = torch.zeros(5, 4, dtype=torch.float64, requires_grad=True)
    labels = members(torch.arange(5) % CLASSES)
    value = contrastive_discrepancy(zeros, zeros, labels, labels)
    assert torch.autograd.grad(value, zeros)[0].isfinite().all()


def test_a_descent_with_true_labels_draws_each_class_together_and_the_others_apart() -> None:
    labels = torch.arange(30) % CLASSES
    centres = 2 * torch.eye(CLASSES, 4, dtype=torch.float64)
    source = (centres[labels] + 0.3 * draw(30, 4)).requires_grad_()
    target = (centres[labels] + 0.3 * draw(30, 4, seed=1) + 1.0).requires_grad_()

    def gaps() -> Tensor:
        here, there = (
            torch.stack([each[labels == c].mean(dim=0) for c in range(CLASSES)]) for each in (source, target)
        )
        return torch.cdist(here, there).detach() / torch.cat([source, target]).std().detach()

    before = gaps()
    optimizer = torch.optim.SGD([source, target], lr=1.0)
    for _ in range(50):
        optimizer.zero_grad()
        contrastive_discrepancy(source, target, members(labels), members(labels)).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    after, same = gaps(), torch.eye(CLASSES, dtype=torch.bool)
    assert (after[same] < 0.2 * before[same]).all()
    assert after[~same].min() > before[~same].min()
