"""EATA: weights, importance and steps, against a second author."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import references_online as ref
import torch
from draws import draw
from online_networks import Small, arrays
from torch import Tensor

from dann.core.errors import CheckError, UserError
from dann.methods.online import eata
from dann.methods.online.eata import EATA, importance, selected
from dann.networks.norms import normalise_by_batch


def network() -> Any:
    return Small(scale=1.5)


@pytest.mark.parametrize('average', [None, [0.7, 0.1, 0.1, 0.1]])
def test_weights_are_those_of_a_second_author(average: list[float] | None) -> None:
    logits = 3 * draw(12, 4)
    known = None if average is None else torch.tensor(average).double()
    weights, kept = selected(logits, known, share=0.5, similar=0.6)
    expected = ref.eata_weights(logits.numpy(), average, 0.5, 0.6)
    assert 0 < len(expected) < 12
    assert kept.nonzero().flatten().tolist() == list(expected)
    np.testing.assert_allclose(weights[kept].numpy(), list(expected.values()), rtol=1e-9)
    assert not weights.requires_grad
    assert weights[~kept].abs().sum() == 0


def fisher(batches: list[Tensor], values: list[ref.Array], weight: ref.Array) -> list[ref.Array]:
    """Eq. 9 by differences: the squared gradient of a batch's cross-entropy to its own predictions, on average."""
    total = [np.zeros_like(each) for each in values]
    for batch in batches:
        labels = ref.logits(batch.numpy(), *values, weight).argmax(axis=1).tolist()

        def loss(at: list[ref.Array], x: Tensor = batch, labels: list[int] = labels) -> float:
            return ref.cross_entropy(ref.logits(x.numpy(), at[0], at[1], weight), labels)

        slopes = ref.gradient(loss, values)
        total = [known + slope**2 / len(batches) for known, slope in zip(total, slopes, strict=True)]
    return total


def test_importance_is_that_of_a_second_author() -> None:
    small = network()
    normalise_by_batch([small.norm])
    batches = [draw(5, 3, seed=8), draw(6, 3, seed=9)]
    found = importance(small, [small.norm.weight, small.norm.bias], batches)
    gamma, beta, weight = arrays(small.norm.weight, small.norm.bias, small.head.weight)
    for one, other in zip(arrays(*found), fisher(batches, [gamma, beta], weight), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-9)


def test_steps_are_those_of_a_second_author() -> None:
    small, source = network(), draw(8, 3, seed=20)
    method = EATA(lr=0.02, reliable=0.6, similar=0.9, weight=3.0, batch=4)
    method.start(small, source)
    gamma, beta, weight = arrays(small.norm.weight, small.norm.bias, small.head.weight)
    values, first, optimizer = [gamma, beta], [gamma, beta], ref.Momentum(0.02)
    omega = fisher([source[:4], source[4:]], values, weight)
    average: list[float] | None = None
    for seed in range(4):
        x = draw(7, 3, seed=seed)
        rows = ref.logits(x.numpy(), *values, weight)
        kept = ref.eata_weights(rows, average, 0.6, 0.9)
        assert 0 < len(kept) < 7

        def loss(at: list[ref.Array], x: Tensor = x, kept: dict[int, float] = kept) -> float:
            rows = ref.logits(x.numpy(), at[0], at[1], weight)
            entropies = [kept[n] * ref.entropy(rows[n]) for n in kept]
            apart = [
                float((w * (now - then) ** 2).sum()) for w, now, then in zip(omega, at, first, strict=True)
            ]
            return sum(entropies) / len(kept) + 3.0 * sum(apart)

        np.testing.assert_allclose(method.step(x).numpy(), rows, atol=1e-6)
        average = ref.eata_average(rows, list(kept), average)
        values = optimizer.step(values, ref.gradient(loss, values))
        for found, expected in zip(arrays(*method.adapted), values, strict=True):
            np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_batch_without_a_reliable_sample_changes_nothing() -> None:
    small = Small(scale=1e-3)
    method = EATA(lr=1.0)
    method.start(small, draw(8, 3))
    before = [each.clone() for each in method.adapted]
    method.step(draw(6, 3))
    assert all(torch.equal(one, other) for one, other in zip(before, method.adapted, strict=True))
    assert method.average is None


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        ({'similar': 0}, r'`similar` in \(0, 1\]'),
        ({'weight': -1}, '`weight` of at least 0'),
        ({'batch': 1}, '`batch` of at least 2'),
        ({'reliable': 2}, r'`reliable` in \(0, 1\]'),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, float], words: str) -> None:
    with pytest.raises(CheckError, match=words):
        EATA(**options)  # type: ignore[arg-type]


def test_what_matters_to_the_source_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[int]] = []

    def counted(net: Any, parameters: Any, batches: Any) -> list[Tensor]:
        calls.append([len(each) for each in batches])
        return importance(net, parameters, batches)

    monkeypatch.setattr(eata, 'importance', counted)
    method = EATA(batch=2)
    method.start(network(), draw(3, 3))
    first = method.importance
    method.reset()
    assert calls == [[3]]  # no batch of a single image
    assert method.importance is first


def test_one_source_image_is_refused_in_a_line() -> None:
    with pytest.raises(
        UserError, match='eata needs at least 2 unlabelled images of the source, got 1; name more'
    ):
        EATA().start(network(), draw(1, 3))
