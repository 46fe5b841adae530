"""Class-balanced pseudo-labels against the published formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import references_training_self as ref
import torch
from draws import draw
from training import fit, make, module, pair

from dann.core.views import View
from dann.methods.training.pseudo_labels import (
    CBST,
    balanced_labels,
    class_thresholds,
    pseudo_cross_entropy,
    survey,
)


@pytest.mark.parametrize(
    ('name', 'options', 'message'),
    [
        ('CBST', {'rounds': 0}, '`rounds` of at least 1, got 0'),
        ('CBST', {'start': 1.0}, r'`start` in \[0, 1\), got 1.0'),
        ('CBST', {'portion': 0.0}, r'in \(0, 1\], got 0.0 and 0.5'),
    ],
)
def test_bad_arguments(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module(make(name, **options))


@pytest.mark.parametrize('shape', [(29, 4), (1, 2), (7, 9), (200, 31)])
@pytest.mark.parametrize('portion', [0.01, 0.2, 0.5, 1.0])
def test_balanced_pseudo_labels(shape: tuple[int, int], portion: float) -> None:
    p = (2 * draw(*shape)).softmax(1)
    thresholds = class_thresholds(p, portion)
    np.testing.assert_allclose(thresholds, ref.class_thresholds(p.numpy(), portion), rtol=1e-12)
    labels = balanced_labels(p, thresholds)
    np.testing.assert_array_equal(labels, ref.balanced_labels(p.numpy(), thresholds.numpy()))
    expected = ref.pseudo_cross_entropy(p.log().numpy(), labels.numpy())
    assert float(pseudo_cross_entropy(p.log(), labels)) == pytest.approx(expected, rel=1e-9)


def test_the_same_portion_of_every_predicted_class_is_labelled() -> None:
    p = (draw(300, 3) + torch.tensor([2.0, 0.5, 0.0])).softmax(1)  # the first class is predicted most
    confidence, predictions = p.max(1)
    chosen = confidence >= class_thresholds(p, 0.3)[predictions]
    for c in range(3):
        of_class = predictions == c
        assert int((chosen & of_class).sum()) == int(0.3 * int(of_class.sum()))


def test_labels_come_after_the_start_and_are_used() -> None:
    model = module(make('CBST', start=0.5))
    assert isinstance(model, CBST)
    fit(model, epochs=2)
    assert 0 < int((model.labels >= 0).sum()) < 48
    alone = module(make('CBST', start=0.96))
    assert isinstance(alone, CBST)
    fit(alone, epochs=2)
    assert bool((alone.labels == -1).all())
    assert alone.meter.means['loss/pseudo'] == 0


def test_a_survey_leaves_no_trace_and_follows_target_index() -> None:
    model, data = module(make('CBST'), normed=True), pair()
    fit(model, data)
    model.train()
    model.network.head.eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    view = survey(model)
    assert not view.features.requires_grad
    assert model.network.backbone.training
    assert not model.network.head.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    batch = data.train_dataloader().dataset[0]
    logits = model.eval().network(batch['target'], domain='target').logits
    torch.testing.assert_close(view.logits[batch['target_index']], logits)


def test_a_batch_without_a_label_gives_zero_attached_to_the_graph() -> None:
    logits = draw(5, 3, grad=True)
    loss = pseudo_cross_entropy(logits, torch.full((5,), -1))
    assert float(loss.detach()) == 0
    assert torch.equal(torch.autograd.grad(loss, logits)[0], torch.zeros_like(logits))


@pytest.mark.parametrize(
    ('rounds', 'portions'),
    [
        (1, {5: 0.2}),
        (2, {5: 0.2, 13: 0.5}),
        (3, {5: 0.2, 10: 0.35, 15: 0.5}),
        (4, {5: 0.2, 9: 0.3, 13: 0.4, 17: 0.5}),
    ],
)
def test_the_pool_is_labelled_each_round_with_portions_that_grow_evenly_to_the_last(
    rounds: int, portions: dict[int, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = View(draw(300, 6), 2 * draw(300, 3, seed=1))
    monkeypatch.setattr('dann.methods.training.pseudo_labels.survey', lambda _: seen)
    monkeypatch.setattr(CBST, '_planned', 20)
    model: Any = module(make('CBST', start=0.25, rounds=rounds, portion=0.2, last_portion=0.5))
    p, unlabelled = seen.probabilities.numpy(), torch.zeros(0)
    for taken in range(20):
        monkeypatch.setattr(CBST, 'taken', taken)
        model.labels = unlabelled
        model.prepare_step({})
        if taken in portions:
            expected = ref.balanced_labels(p, ref.class_thresholds(p, portions[taken]))
            np.testing.assert_array_equal(model.labels, expected)
        else:
            assert model.labels is unlabelled


def test_the_default_rounds_are_the_papers_portions() -> None:
    model: Any = module(make('CBST'))
    grown = [
        model.portion + (model.last_portion - model.portion) * each / (model.rounds - 1)
        for each in range(model.rounds)
    ]
    assert grown == pytest.approx([0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5])


def test_the_term_takes_the_labels_of_the_batch_and_the_weight() -> None:
    model: Any = module(make('CBST', weight=0.5))
    model.labels = torch.tensor([2, -1, 1, 0])
    index, logits = torch.tensor([3, 1, 0]), draw(3, 3)
    losses = model.terms({'target_index': index}, None, View(draw(3, 6, seed=1), logits), 0.5)
    expected = 0.5 * ref.pseudo_cross_entropy(logits.numpy(), np.array([0, -1, 2]))
    assert losses['pseudo'].item() == pytest.approx(expected, rel=1e-9)
