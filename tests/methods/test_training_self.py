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
        ('FixMatch', {'threshold': 1.5}, r'`threshold` in \[0, 1\], got 1.5'),
    ],
)
def test_bad_arguments(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module(make(name, **options))
