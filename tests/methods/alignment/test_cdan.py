"""The conditional adversary, its multilinear map and its random sketch."""

from __future__ import annotations

import logging

import numpy as np
import pytest
import references as ref
import torch
from draws import assert_starts_at_chance, draw
from recorded import Published, assert_agrees, assert_close, load, recorded_views
from torch import nn
from torch.nn import functional as F

from dann.core.schedules import Sigmoid
from dann.core.views import View
from dann.functional.entropies import entropy_weights
from dann.methods.alignment import cdan as cdan_module
from dann.methods.alignment.cdan import CDAN, multilinear, randomised_multilinear, sketch_size


@pytest.mark.parametrize('count', [1, 2, 9, 64])
def test_multilinear_and_entropy_weights(count: int) -> None:
    features, logits = draw(count, 5, seed=1), 3 * draw(count, 3, seed=2)
    probabilities = logits.softmax(dim=1)
    expected = ref.multilinear(features.numpy(), probabilities.numpy())
    np.testing.assert_allclose(multilinear(features, probabilities).numpy(), expected, rtol=1e-12)
    weights = entropy_weights(logits.requires_grad_())
    assert not weights.requires_grad
    expected = ref.entropy_weights(logits.detach().numpy())
    np.testing.assert_allclose(weights.numpy(), expected, rtol=1e-9)


@pytest.mark.parametrize('count', [1, 9])
def test_randomised_multilinear(count: int) -> None:
    features, probabilities = draw(count, 5, seed=1), draw(count, 3, seed=2).softmax(dim=1)
    matrices = draw(7, 5, seed=3), draw(7, 3, seed=4)
    got = randomised_multilinear(features, probabilities, *matrices)
    expected = ref.randomised_multilinear(*(x.numpy() for x in (features, probabilities, *matrices)))
    np.testing.assert_allclose(got.numpy(), expected, rtol=1e-12)


def test_the_random_sketch_keeps_inner_products_in_expectation() -> None:
    features, probabilities = draw(4, 5, seed=1), draw(4, 3, seed=2).softmax(dim=1)
    sketch = randomised_multilinear(
        features, probabilities, draw(200_000, 5, seed=3), draw(200_000, 3, seed=4)
    )
    whole = multilinear(features, probabilities)
    torch.testing.assert_close(sketch @ sketch.T, whole @ whole.T, rtol=0, atol=0.15)


def test_the_random_matrices_are_saved_and_not_trained() -> None:
    method, other = CDAN(randomized_dim=7), CDAN(randomized_dim=7)
    for built in (method, other):
        built.build(5, 3)
    assert method.of_features.shape == (7, 5)
    assert method.of_probabilities.shape == (7, 3)
    assert not {'of_features', 'of_probabilities'} & dict(method.named_parameters()).keys()
    other.load_state_dict(method.state_dict())
    views = View(draw(6, 5).float(), draw(6, 3).float()), View(draw(4, 5).float(), draw(4, 3).float())
    terms = [built.eval()(*views, 1.0)['conditional_domain'] for built in (method, other)]
    assert torch.equal(*terms)
    with pytest.raises(ValueError, match="expected `randomized_dim` above 0, 'auto' or null, got 0"):
        CDAN(randomized_dim=0)


def test_a_large_product_is_sketched_as_in_the_paper() -> None:
    assert sketch_size('auto', 256, 16) is None
    assert sketch_size('auto', 4097, 1) == 1024
    assert sketch_size(7, 4, 3) == 7
    assert sketch_size(None, 2048, 345) is None
    whole, small, large = CDAN(randomized_dim=None), CDAN(), CDAN()
    whole.build(4097, 1)
    small.build(256, 16)
    large.build(4097, 1)
    widths = [next(built.critic.parameters()).shape[1] for built in (whole, small, large)]
    assert widths == [4097, 4096, 1024]
    view = View(draw(6, 4097).float(), draw(6, 1).float())
    assert whole.condition(view).shape == (6, 4097)
    assert large.condition(view).shape == (6, 1024)
    assert large(view, view, 1.0)['conditional_domain'].isfinite()
    assert not dict(small.named_buffers())


def test_an_unknown_size_of_the_sketch_is_named() -> None:
    with pytest.raises(ValueError, match="above 0, 'auto' or null, got 'full'"):
        CDAN(randomized_dim='full')  # type: ignore[arg-type]


@pytest.mark.parametrize('entropy', [True, False])
def test_cdan(entropy: bool) -> None:
    torch.manual_seed(0)
    method = CDAN(entropy=entropy)
    method.build(4, 3)
    method.double().eval()
    source, target = (
        View(draw(count, 4, seed=count), 3 * draw(count, 3, seed=count + 1)) for count in (9, 5)
    )
    logits = [view.logits.numpy() for view in (source, target)]
    scores = []
    for view, rows in zip((source, target), logits, strict=True):
        joint = torch.from_numpy(ref.multilinear(view.features.numpy(), ref.softmax(rows)))
        scores.append(method.critic(joint).detach().numpy().ravel())
    expected = ref.weighted_domain_loss(*scores, *logits) if entropy else ref.domain_loss(*scores)
    losses = method(source, target, 1.0)
    assert set(losses) == {'conditional_domain'}
    assert losses['conditional_domain'].item() == pytest.approx(expected, rel=1e-9)


def cdan(record: Published, *, entropy: bool) -> CDAN:
    """Return CDAN with the recorded linear critic."""
    alignment = CDAN(entropy=entropy)
    weights = torch.tensor(record.options['critic'], dtype=torch.float64)
    linear = nn.Linear(len(weights), 1, bias=False).double()
    linear.weight = nn.Parameter(weights[None])
    alignment.critic = nn.Sequential(linear, nn.Flatten(0))
    return alignment


def test_cdan_dalib() -> None:
    """Nothing differs for equal batches, the reversed gradient included; its ramp is ours with gamma 1."""
    record = load('cdan_dalib')
    assert Sigmoid(gamma=1)(1.0) == pytest.approx(record.options['reversal'])
    source, target = recorded_views(record)
    (term,) = cdan(record, entropy=False)(source, target, record.options['reversal']).values()
    assert_agrees(term, record, 'source', 'target')
    assert record.gradients['source_logits'] is None


def test_cdan_with_entropy_dalib() -> None:
    """dalib weighs both domains jointly, where paper and ours weigh within each; its logarithm has an epsilon."""
    record = load('cdan_dalib_entropy')
    source, target = recorded_views(record)
    both = torch.cat([source.probabilities, target.probabilities]).detach()
    weights = 1 + (both * (both + 1e-5).log()).sum(dim=1).exp()
    joint = weights / weights.sum()
    assert_close(joint, entropy_weights(torch.cat([source.logits, target.logits])), within=1e-5)

    alignment = cdan(record, entropy=True)
    logits = alignment.critic(alignment.condition(View.concatenate([source, target])))
    count = len(source)
    value = joint @ torch.cat([F.softplus(-logits[:count]), F.softplus(logits[count:])])
    assert_close(value, record.value)

    (term,) = alignment(source, target, record.options['reversal']).values()
    found = torch.autograd.grad(term, [record['source'], record['target']])
    share = joint[:count].sum()
    assert float(share) != pytest.approx(0.5, abs=1e-3)
    for gradient, part, name in zip(found, (share, 1 - share), ('source', 'target'), strict=True):
        expected = record.gradients[name]
        assert expected is not None
        assert_close(2 * part * gradient, expected, within=1e-5)


def test_entropy_weights_pytorch_adapt() -> None:
    """Nothing differs in value; theirs let the gradient through the entropy."""
    record = load('weights_adapt')
    assert_close(entropy_weights(record['logits']), record.value)


def test_randomised_product_pytorch_adapt() -> None:
    """Theirs multiplies from the right: the random matrices are the transposes of ours."""
    record = load('randomised_adapt')
    value = randomised_multilinear(
        record['features'], record['probabilities'], record['first'].T, record['second'].T
    )
    assert_agrees(value, record)


@pytest.mark.parametrize('randomized_dim', [None, 8])
def test_a_new_domain_critic_knows_nothing(randomized_dim: int | None) -> None:
    assert_starts_at_chance(CDAN(randomized_dim=randomized_dim))


def test_gradients() -> None:
    assert torch.autograd.gradcheck(multilinear, (draw(4, 5, grad=True), draw(4, 3, seed=1, grad=True)))


def test_no_gradient_reaches_the_predictions_through_the_product() -> None:
    source, target = (
        View(draw(count, 4, seed=count, grad=True), draw(count, 3, seed=count + 1, grad=True))
        for count in (9, 5)
    )
    for method in (CDAN(), CDAN(entropy=True), CDAN(randomized_dim=7)):
        method.build(4, 3)
        loss = method.double()(source, target, 1.0)['conditional_domain']
        into = [source.features, source.logits, target.logits]
        features, *logits = torch.autograd.grad(loss, into, allow_unused=True)
        assert features.any()
        assert logits == [None, None]


def test_the_critics_norm_and_dropout_are_danns() -> None:
    method = CDAN(norm='layer', dropout=0.25)
    method.build(4, 3)
    kinds = [type(layer).__name__ for layer in method.critic[0]]  # type: ignore[index]
    assert kinds == 2 * ['Linear', 'LayerNorm', 'ReLU', 'Dropout'] + ['Linear']
    assert method.critic[0][3].p == 0.25  # type: ignore[index]


def test_the_critic_has_the_dropout_of_the_authors_code() -> None:
    method = CDAN()
    method.build(4, 3)
    assert [layer.p for layer in method.modules() if isinstance(layer, nn.Dropout)] == [0.5, 0.5]


def test_a_sketch_that_nobody_asked_for_is_told_once_and_one_that_was_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    monkeypatch.setattr(logging.getLogger('pytorch_lightning'), 'info', said.append)
    cdan_module._log.cache_clear()
    CDAN().build(256, 16)
    CDAN(randomized_dim=7).build(256, 65)
    CDAN(randomized_dim=None).build(256, 65)
    assert not said
    for _ in range(2):
        CDAN().build(256, 65)
    (line,) = said
    assert 'product of 256 features and 65 classes, 16640 numbers, to 1024' in line
    assert '`randomized_dim: null`' in line
