"""Normalisation, ensembling, self-training and source-free adaptation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import references_training_self as ref
import torch
from torch import Tensor, nn
from training import fit, make, module, pair

from dann.errors import UserError
from dann.methods.training.adabn import AdaBN, moments, pooled, reestimate
from dann.methods.training.fixmatch import confident_cross_entropy
from dann.methods.training.mean_teacher import MeanTeacher, confident, consistency, imbalance
from dann.methods.training.pseudo_labels import (
    CBST,
    balanced_labels,
    class_thresholds,
    pseudo_cross_entropy,
    survey,
)


def draw(*shape: int, seed: int = 0, grad: bool = False) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).requires_grad_(grad)


@pytest.mark.parametrize('name', ['AdaBN'])
def test_a_network_without_batch_norm_is_refused_with_the_option_to_set(name: str) -> None:
    with pytest.raises(
        UserError, match=r'set batch_norm: true on the backbone \(--model.backbone.batch_norm'
    ):
        module(make(name), batch_norm=False)


def test_pooled_moments_are_those_of_both_samples_together() -> None:
    one, other = draw(5, 3, 2, 4), 3 * draw(2, 3, 2, 4, seed=1) - 1
    count, mean, variance = pooled(moments(one), moments(other))
    means, variances = ref.channel_moments(torch.cat([one, other]).numpy())
    assert count == 7 * 8
    np.testing.assert_allclose(mean, means, rtol=1e-12)
    np.testing.assert_allclose(variance * count / (count - 1), variances, rtol=1e-12)


def test_statistics_are_those_of_the_whole_sample_whatever_the_batches() -> None:
    x, norm = draw(17, 3, 2, 2) * 2 + 5, nn.BatchNorm2d(3).double()
    norm.eval()
    reestimate([norm], norm, torch.split(x, 4))  # the last batch has one image and is left out
    means, variances = ref.channel_moments(x[:16].numpy())
    assert norm.running_mean is not None
    assert norm.running_var is not None
    np.testing.assert_allclose(norm.running_mean, means, rtol=1e-12)
    np.testing.assert_allclose(norm.running_var, variances, rtol=1e-12)
    assert not norm.training
    assert norm.track_running_stats
    assert norm.num_batches_tracked == 0


def test_adabn_trains_the_source_only_network_and_normalises_target_images_by_the_target() -> None:
    adapted, plain = module(make('AdaBN'), batch_norm=True), module(batch_norm=True)
    fit(adapted)
    fit(plain)
    assert isinstance(adapted, AdaBN)
    for ours, theirs in zip(adapted.network.parameters(), plain.network.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    norm = adapted._split()[0].norms['target']
    images = torch.cat(list(adapted.pool()))
    convolution: Any = adapted.network.get_submodule('backbone.layers.0')
    means, _ = ref.channel_moments(convolution(images * 2 - 1).detach().double().numpy())
    assert isinstance(norm.running_mean, Tensor)
    np.testing.assert_allclose(norm.running_mean.numpy(), means, rtol=1e-4, atol=1e-5)
    source, target = pair_images()
    assert torch.equal(adapted.network.eval()(source).logits, plain.network.eval()(source).logits)
    assert not torch.allclose(adapted(target), plain(target), atol=1e-3)


def pair_images() -> tuple[Tensor, Tensor]:
    data = pair()
    data.prepare_data()
    data.setup()
    return data.examples(8)


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
    ours, theirs = torch.autograd.grad(loss, [p, q], allow_unused=True)
    assert ours.abs().max() > 0
    assert theirs is None
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
    ours, theirs = (next(net.parameters()) for net in (model.network, model.evaluated))
    assert not torch.equal(ours, theirs)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=0.1)


@pytest.mark.parametrize('shape', [(9, 4), (1, 2), (33, 31)])
@pytest.mark.parametrize('threshold', [0.0, 0.5, 0.999])
def test_confident_cross_entropy(shape: tuple[int, int], threshold: float) -> None:
    strong, weak = (2 * draw(*shape, seed=seed) for seed in (1, 2))
    expected = ref.confident_cross_entropy(strong.numpy(), weak.numpy(), threshold)
    assert float(confident_cross_entropy(strong, weak, threshold)) == pytest.approx(expected, rel=1e-9)


def test_without_a_confident_sample_the_loss_is_zero_and_attached() -> None:
    strong, weak = draw(6, 3, seed=1, grad=True), draw(6, 3, seed=2, grad=True)
    loss = confident_cross_entropy(strong, weak, 1.0)
    assert float(loss.detach()) == 0
    assert torch.equal(torch.autograd.grad(loss, strong, retain_graph=True)[0], torch.zeros_like(strong))
    loss = confident_cross_entropy(strong, weak, 0.5)
    assert torch.autograd.grad(loss, [strong, weak], allow_unused=True)[1] is None


@pytest.mark.parametrize(
    ('name', 'options', 'message'),
    [
        ('MeanTeacher', {'threshold': 1.0}, r'`threshold` in \[0, 1\) or null, got 1.0'),
        ('MeanTeacher', {'balance': -1.0}, '`balance` of at least 0'),
        ('MeanTeacher', {'decay': 1.0}, '`decay` in'),
        ('CBST', {'start': 1.0}, r'`start` in \[0, 1\), got 1.0'),
        ('CBST', {'portion': 0.0}, r'in \(0, 1\], got 0.0 and 0.5'),
        ('FixMatch', {'threshold': 1.5}, r'`threshold` in \[0, 1\], got 1.5'),
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


def test_labels_come_at_the_first_interval_after_the_start_and_are_used() -> None:
    model = module(make('CBST', start=0.5))
    assert isinstance(model, CBST)
    fit(model, epochs=2)
    assert 0 < int((model.labels >= 0).sum()) < 48
    alone = module(make('CBST', start=0.6))
    assert isinstance(alone, CBST)
    fit(alone, epochs=2)
    assert bool((alone.labels == -1).all())
    assert alone.meter.means['loss/pseudo'] == 0


def test_a_survey_leaves_no_trace_and_follows_target_index() -> None:
    model, data = module(make('CBST'), batch_norm=True), pair()
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
