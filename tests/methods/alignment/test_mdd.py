"""Margin disparity against the published formula."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import references_adversarial as adv
import torch
from draws import built, draw, leaf_views
from recorded import Published, assert_agrees, assert_close, load
from torch import Tensor, nn

from dann.methods.alignment import Alignment
from dann.methods.alignment.mdd import MDD, log_not, margin_disparity
from dann.networks.heads import Norm


@pytest.mark.parametrize('margin', [1.0, 4.0])
@pytest.mark.parametrize('sizes', [(9, 5), (1, 3)])
def test_mdd(margin: float, sizes: tuple[int, int]) -> None:
    method = built(MDD(margin=margin, hidden=(6,)))
    source, target = leaf_views(sizes)
    scores = [method.critic(view.features).detach().numpy() for view in (source, target)]
    classes = [[int(np.argmax(row)) for row in view.logits.detach().numpy()] for view in (source, target)]
    expected = adv.margin_disparity(scores[0], scores[1], classes[0], classes[1], margin)
    terms = method(source, target, 0.3)
    assert terms.keys() == {'mdd'}
    assert terms['mdd'].item() == pytest.approx(expected, rel=1e-9)


def test_mdd_leaves_the_main_head_alone_and_pulls_the_two_heads_the_right_way() -> None:
    source, target = leaf_views()
    loss = built(MDD())(source, target, 1.0)['mdd']
    grads = torch.autograd.grad(loss, [source.logits, target.logits], materialize_grads=True)
    assert not any(grad.any() for grad in grads)
    scores = torch.zeros(1, 3, dtype=torch.float64)
    sure, classes = scores.clone(), torch.tensor([1])
    sure[0, 1] = 5.0
    assert margin_disparity(sure, scores, classes, classes) < margin_disparity(
        scores, scores, classes, classes
    )
    assert margin_disparity(scores, sure, classes, classes) > margin_disparity(
        scores, scores, classes, classes
    )


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_the_logarithm_of_not_a_certain_class_is_finite(dtype: torch.dtype) -> None:
    logits = torch.tensor([[500.0, 0.0, -500.0], [0.0, 1.0, 2.0]], dtype=dtype, requires_grad=True)
    got = log_not(logits, torch.tensor([0, 2]))
    assert got[0].item() == pytest.approx(-500)
    assert got[1].item() == pytest.approx((1 - logits[1].softmax(dim=0)[2]).log().item(), rel=1e-5)
    (gradient,) = torch.autograd.grad(got.sum(), logits)
    assert gradient.isfinite().all()
    assert gradient.abs().max() <= 1 + 1e-6


def test_mdd_gradients() -> None:
    loss = partial(
        margin_disparity, source_classes=torch.tensor([0, 2, 1]), target_classes=torch.tensor([1, 1])
    )
    inputs = draw(3, 3, seed=1).requires_grad_(), draw(2, 3, seed=2).requires_grad_()
    assert torch.autograd.gradcheck(loss, inputs)


@pytest.mark.parametrize(
    ('kind', 'options', 'message'),
    [
        (MDD, {'margin': 0.0}, 'expected `margin` above 0, got 0.0'),
        (MDD, {'hidden': (0,)}, 'expected `hidden` sizes above 0'),
    ],
)
def test_options_are_checked(kind: type[Alignment], options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kind(**options)


def disparity(record: Published) -> Tensor:
    classes = record['source'].argmax(dim=1), record['target'].argmax(dim=1)
    return margin_disparity(record['source_critic'], record['target_critic'], *classes, margin=4.0)


def test_mdd_dalib() -> None:
    """dalib adds 1e-6 to 1 - p before the logarithm, which ours takes exactly."""
    record = load('mdd_dalib')
    assert record.options['margin'] == 4
    exact = log_not(record['target_critic'], record['target'].argmax(dim=1))
    shift = exact.mean() - (exact.exp() + 1e-6).log().mean()
    assert shift < 0
    assert_close(shift, torch.zeros_like(shift), within=1e-5)
    assert_agrees(disparity(record) + shift, record, 'source_critic', 'target_critic')
    assert record.gradients['source'] is record.gradients['target'] is None


def test_mdd_skada() -> None:
    """It smooths p, and indexes every sample's p by the classes of the whole batch: 0.087 less here than the paper."""
    record = load('mdd_skada')
    smooth = 0.9 * record['target_critic'].softmax(dim=1) + 0.1 / 3
    classes = record['target'].argmax(dim=1)
    every_pair = (1 - smooth[:, classes]).log().mean()
    value = disparity(record) + log_not(record['target_critic'], classes).mean() - every_pair
    assert_agrees(value, record, 'source_critic', 'target_critic')
    assert_close(disparity(record) - record.value, torch.tensor(0.0869, dtype=torch.float64), within=1e-4)


@pytest.mark.parametrize('norm', ['none', 'batch', 'layer'])
def test_the_adversarial_classifier_normalises_both_domains_together(norm: Norm) -> None:
    method, (source, target) = built(MDD(hidden=(6, 5), norm=norm)).train(), leaf_views()
    scores = adv.with_norm(method.critic, torch.cat([source.features, target.features]), norm)
    classes = [[int(np.argmax(row)) for row in view.logits.detach().numpy()] for view in (source, target)]
    expected = adv.margin_disparity(scores[: len(source)], scores[len(source) :], classes[0], classes[1], 4.0)
    assert method(source, target, 0.3)['mdd'].item() == pytest.approx(expected, rel=1e-9)
    assert 0 <= method.eval().diagnose(source[:1], target[:1])['mdd_critic_accuracy'] <= 1


def test_the_adversarial_classifier_has_dropout_where_asked_for() -> None:
    method = built(MDD(hidden=(6, 5), dropout=0.25))
    assert [layer.p for layer in method.critic if isinstance(layer, nn.Dropout)] == [0.25, 0.25]
