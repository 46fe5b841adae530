"""The mean teacher: its losses against the published formulas, and its average."""

from __future__ import annotations

from typing import Any

import pytest
import references_training_self as ref
import torch
from draws import draw
from torch import nn
from training import fit, make, module

from dann.core.views import View
from dann.datasets.loading import Batch
from dann.datasets.weak_and_strong import Weak
from dann.methods.training.mean_teacher import MeanTeacher, confident, consistency, imbalance


@pytest.mark.parametrize('shape', [(9, 4), (1, 2), (33, 31)])
@pytest.mark.parametrize('threshold', [None, 0.0, 0.5, 0.999])
def test_consistency(shape: tuple[int, int], threshold: float | None) -> None:
    student, teacher = (2 * draw(*shape, seed=seed) for seed in (1, 2))
    p, q = student.softmax(1), teacher.softmax(1)
    expected = ref.consistency(ref.softmax(student.numpy()), ref.softmax(teacher.numpy()), threshold)
    assert float(consistency(p, q, threshold)) == pytest.approx(expected, rel=1e-9)


def test_consistency_is_zero_on_equal_predictions_and_never_reaches_the_teacher() -> None:
    p, q = (draw(7, 3, seed=seed).softmax(1).requires_grad_() for seed in (1, 2))
    assert float(consistency(p, p, None).detach()) == 0
    loss = consistency(p, q, 0.4)
    left, right = torch.autograd.grad(loss, [p, q], allow_unused=True)
    assert left.abs().max() > 0
    assert right is None
    assert 0 < float(confident(q, 0.4).mean()) < 1
    assert torch.autograd.gradcheck(lambda x: consistency(x, q, 0.4), [p])


@pytest.mark.parametrize('shape', [(9, 4), (1, 2), (33, 31)])
def test_imbalance(shape: tuple[int, int]) -> None:
    logits = 2 * draw(*shape, seed=1)
    expected = ref.imbalance(ref.softmax(logits.numpy()))
    assert float(imbalance(logits.softmax(1))) == pytest.approx(expected, rel=1e-9)


def test_imbalance_is_lowest_at_the_uniform_mean_and_finite_at_a_corner() -> None:
    even = torch.eye(4, dtype=torch.float64)
    assert float(imbalance(even)) < float(imbalance(draw(6, 4).softmax(1)))
    corner = even[:1].expand(5, 4).clone().requires_grad_()
    loss = imbalance(corner)
    assert loss.isfinite()
    assert torch.autograd.grad(loss, corner)[0].isfinite().all()


def test_the_teacher_is_evaluated_and_moves_with_every_step() -> None:
    model = module(make('MeanTeacher', decay=0.5))
    assert isinstance(model, MeanTeacher)
    fit(model)
    assert model.evaluated is model.teacher.network
    assert float(model.teacher.updates) == 10
    assert not any(parameter.requires_grad for parameter in model.evaluated.parameters())
    left, right = (next(net.parameters()) for net in (model.network, model.evaluated))
    assert not torch.equal(left, right)
    torch.testing.assert_close(left, right, rtol=0, atol=0.1)


@pytest.mark.parametrize(
    ('name', 'options', 'message'),
    [
        ('MeanTeacher', {'threshold': 1.0}, r'`threshold` in \[0, 1\) or null, got 1.0'),
        ('MeanTeacher', {'balance': -1.0}, '`balance` of at least 0'),
        ('MeanTeacher', {'decay': 1.0}, '`decay` in'),
    ],
)
def test_bad_arguments(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module(make(name, **options))


def test_the_terms_of_a_step_against_the_formulas() -> None:
    model: Any = module(make('MeanTeacher', weight=2.0, balance=0.01, augment=Weak(0.0)))
    model.teacher.network.load_state_dict(module(seed=5).network.state_dict())
    batch = {'target': torch.rand(12, 3, 8, 8, generator=torch.Generator().manual_seed(0))}
    p, q = (
        network(batch['target']).probabilities.detach().double()
        for network in (model.network, model.teacher.network)
    )
    model.threshold = float(q.amax(1).median())  # half of the images are confident
    losses = model.terms(batch, None, None, 0.5)
    expected = 2 * ref.consistency(p.numpy(), q.numpy(), model.threshold)
    assert losses['consistency'].item() == pytest.approx(expected, rel=1e-4)
    share = float((q.amax(1) > model.threshold).double().mean())
    assert 0 < share < 1
    assert losses['balance'].item() == pytest.approx(2 * 0.01 * share * ref.imbalance(p.numpy()), rel=1e-4)


def test_the_teachers_statistics_are_those_of_the_target_images_that_it_has_seen() -> None:
    model = module(make('MeanTeacher', threshold=None, augment=Weak(0.0)), normed=True, batch_norm='separate')
    assert isinstance(model, MeanTeacher)
    images = torch.rand(8, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    target = Batch(target=images, target_index=torch.arange(8))
    norm = next(each for each in model.teacher.network.modules() if isinstance(each, nn.BatchNorm2d))
    assert norm.running_mean is not None
    before = norm.running_mean.clone()
    model.network(target['target'] + 3)  # what the student sees of the source
    model.teacher.update(model.network)
    assert torch.equal(norm.running_mean, before)
    model.terms(target, View(torch.zeros(8, 6), torch.zeros(8, 3)), None, 1.0)
    seen = norm.running_mean.clone()
    assert not torch.equal(seen, before)
    model.teacher.update(model.network)
    assert torch.equal(norm.running_mean, seen)
