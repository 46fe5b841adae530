"""Local MMD against the published formula."""

from __future__ import annotations

from functools import partial

import pytest
import references_kernels as ker
import torch
from draws import CLASSES, SHAPES, Shapes, assert_source_labels_needed, draw, hold_bandwidth, pair, views

from dann.core.views import View
from dann.functional.labels import labels_of
from dann.methods.alignment.lmmd import LMMD, lmmd
from dann.methods.alignment.mmd import mmd

shapes = pytest.mark.parametrize('shapes', SHAPES)


@shapes
@pytest.mark.parametrize('predicted', [False, True])
def test_lmmd(shapes: Shapes, predicted: bool) -> None:
    source, target = views(shapes)
    labels = labels_of(source)
    expected = ker.lmmd(
        source.features.numpy(),
        target.features.numpy(),
        labels.numpy(),
        target.probabilities.numpy(),
        predicted=predicted,
    )
    got = LMMD(predicted=predicted)(source, target, 0.5)['lmmd']
    assert got.item() == pytest.approx(0.5 * expected, rel=1e-9)


def test_lmmd_of_one_class_is_biased_mmd_and_of_equal_classes_zero() -> None:
    source, target = pair(SHAPES[0])
    ones = torch.zeros(len(source), dtype=torch.long), torch.ones(len(target), 1, dtype=torch.float64)
    torch.testing.assert_close(lmmd(source, target, *ones), mmd(source, target, estimator='biased'))
    labels = torch.arange(len(source)) % CLASSES
    one_hot = torch.nn.functional.one_hot(labels, CLASSES).double()
    assert float(lmmd(source, source, labels, one_hot)) == pytest.approx(0, abs=1e-12)
    assert float(lmmd(source, source, labels, one_hot.roll(1, dims=1))) > 0.1


def test_lmmd_without_a_common_class_is_zero_and_attached() -> None:
    source, target = (domain.requires_grad_() for domain in pair(SHAPES[0]))
    labels = torch.zeros(len(source), dtype=torch.long)
    elsewhere = torch.tensor([[0.1, 0.9]], dtype=torch.float64).expand(len(target), 2)
    value = lmmd(source, target, labels, elsewhere, predicted=True)
    assert value.item() == 0
    assert all(grad.abs().max() == 0 for grad in torch.autograd.grad(value, [source, target]))


def test_lmmd_weights_are_held_constant() -> None:
    source, target = views()
    logits = target.logits.clone().requires_grad_()
    features = target.features.clone().requires_grad_()
    value = LMMD()(source, View(features, logits), 1.0)['lmmd']
    by_features, by_logits = torch.autograd.grad(value, [features, logits], allow_unused=True)
    assert by_features.abs().max() > 0
    assert by_logits is None


def test_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    hold_bandwidth(monkeypatch)
    labels, predictions = torch.arange(7) % CLASSES, draw(5, CLASSES).softmax(dim=1)
    loss = partial(lmmd, labels=labels, probabilities=predictions)
    assert torch.autograd.gradcheck(loss, pair(((7, 4), (5, 4)), grad=True))


def test_an_unlabelled_source_is_named() -> None:
    assert_source_labels_needed(LMMD())


def test_options_out_of_range_are_named() -> None:
    with pytest.raises(ValueError, match='expected `scales`'):
        LMMD(scales=())
