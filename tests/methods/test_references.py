"""Losses against the published formulas, in double precision."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
import pytest
import references as ref
import torch
from torch import Tensor

from dann.core.views import View
from dann.functional.entropies import entropy_weights
from dann.methods.alignment.cdan import CDAN, multilinear, randomised_multilinear
from dann.methods.alignment.coral import coral
from dann.methods.alignment.dann import DANN, domain_loss
from dann.methods.alignment.mmd import mmd
from dann.networks.reversal import reverse_gradient

SHAPES = [((9, 4), (5, 4)), ((2, 1), (3, 1)), ((64, 31), (33, 31))]
Estimator = Literal['unbiased', 'biased', 'linear']
ESTIMATORS = get_args(Estimator)
shapes = pytest.mark.parametrize('shapes', SHAPES)
estimators = pytest.mark.parametrize('estimator', ESTIMATORS)
Shapes = tuple[tuple[int, int], tuple[int, int]]


def draw(*shape: int, seed: int = 0, grad: bool = False) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).requires_grad_(grad)


def pair(shapes: Shapes) -> tuple[Tensor, Tensor]:
    """Two domains that differ in mean and spread."""
    return draw(*shapes[0], seed=1), 1.5 * draw(*shapes[1], seed=2) + 0.5


@shapes
def test_coral(shapes: Shapes) -> None:
    source, target = pair(shapes)
    expected = ref.coral(source.numpy(), target.numpy())
    assert float(coral(source, target)) == pytest.approx(expected, rel=1e-9)


def test_coral_sees_covariance_only() -> None:
    source, target = pair(SHAPES[0])
    assert float(coral(source, source)) == 0
    assert float(coral(source + 7, target - 3)) == pytest.approx(float(coral(source, target)), rel=1e-9)


@shapes
@estimators
def test_mmd(shapes: Shapes, estimator: Estimator) -> None:
    source, target = pair(shapes)
    expected = ref.mmd(source.numpy(), target.numpy(), estimator)
    assert float(mmd(source, target, estimator=estimator)) == pytest.approx(expected, rel=1e-9)


@estimators
def test_mmd_of_other_scales(estimator: Estimator) -> None:
    source, target = pair(SHAPES[0])
    expected = ref.mmd(source.numpy(), target.numpy(), estimator, scales=(0.3, 4.0))
    got = mmd(source, target, scales=(0.3, 4.0), estimator=estimator)
    assert float(got) == pytest.approx(expected, rel=1e-9)


@estimators
def test_mmd_gradient_leaves_the_bandwidth_alone(estimator: Estimator) -> None:
    source, target = (domain.requires_grad_() for domain in pair(SHAPES[0]))
    gradients = torch.autograd.grad(mmd(source, target, estimator=estimator), (source, target))
    expected = ref.numerical_gradient(estimator, source.detach().numpy(), target.detach().numpy())
    for got, gradient in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(got.numpy(), gradient, rtol=1e-6, atol=1e-9)


@estimators
def test_mmd_is_symmetric_and_grows_with_the_shift(estimator: Estimator) -> None:
    source, target = draw(40, 4, seed=1), draw(30, 4, seed=2)
    near, far = (float(mmd(source, target + shift, estimator=estimator)) for shift in (0, 3))
    assert float(mmd(target, source, estimator=estimator)) == pytest.approx(near, rel=1e-9)
    assert far > near


def test_biased_mmd_is_zero_on_identical_samples_and_never_negative() -> None:
    sample = draw(9, 4)
    assert float(mmd(sample, sample, estimator='biased')) == pytest.approx(0, abs=1e-12)
    for seed in range(50):
        assert float(mmd(draw(9, 4, seed=seed), draw(5, 4, seed=seed + 50), estimator='biased')) >= 0


def test_unbiased_mmd_averages_to_zero_over_draws_of_one_distribution() -> None:
    draws = [float(mmd(draw(9, 4, seed=seed), draw(13, 4, seed=1000 + seed))) for seed in range(200)]
    assert abs(np.mean(draws)) < 4 * np.std(draws, ddof=1) / np.sqrt(len(draws))


@shapes
def test_domain_loss(shapes: Shapes) -> None:
    source, target = (3 * domain[:, 0] for domain in pair(shapes))
    expected = ref.domain_loss(source.numpy(), target.numpy())
    assert float(domain_loss(source, target)) == pytest.approx(expected, rel=1e-9)


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
    assert torch.equal(method(*views, 1.0)['conditional_domain'], other(*views, 1.0)['conditional_domain'])
    with pytest.raises(ValueError, match='expected `randomized_dim` above 0 or null, got 0'):
        CDAN(randomized_dim=0)


@pytest.mark.parametrize('entropy', [True, False])
def test_dann(entropy: bool) -> None:
    torch.manual_seed(0)
    method = DANN(entropy=entropy)
    method.build(4, 3)
    method.double().eval()
    source, target = (
        View(draw(count, 4, seed=count), 3 * draw(count, 3, seed=count + 1)) for count in (9, 5)
    )
    scores = [method.critic(view.features).detach().numpy() for view in (source, target)]
    logits = [view.logits.numpy() for view in (source, target)]
    expected = ref.weighted_domain_loss(*scores, *logits) if entropy else ref.domain_loss(*scores)
    assert method(source, target, 1.0)['domain'].item() == pytest.approx(expected, rel=1e-9)


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


@pytest.mark.parametrize(
    ('function', 'shapes'),
    [(coral, ((9, 4), (5, 4))), (domain_loss, ((9,), (5,))), (multilinear, ((4, 5), (4, 3)))],
)
def test_gradients(function: Callable[..., Tensor], shapes: tuple[tuple[int, ...], ...]) -> None:
    inputs = [draw(*shape, seed=seed, grad=True) for seed, shape in enumerate(shapes)]
    assert torch.autograd.gradcheck(function, inputs)


@pytest.mark.parametrize('strength', [0.0, 0.3, 1.0])
def test_reversal_is_the_identity_forward_and_minus_strength_backward(strength: float) -> None:
    x, weight = draw(3, 2, seed=1, grad=True), draw(3, 2, seed=2)
    y = reverse_gradient(x, strength)
    assert torch.equal(y, x)
    (gradient,) = torch.autograd.grad((y * weight).sum(), x)
    assert torch.allclose(gradient, -strength * weight, rtol=1e-12)


@pytest.mark.parametrize('function', [coral, mmd])
def test_widths_that_differ_are_named(function: Callable[[Tensor, Tensor], Tensor]) -> None:
    message = 'expected features of shape (Bs, D) and (Bt, D), got (9, 4) and (9, 3)'
    with pytest.raises(ValueError, match=re.escape(message)):
        function(draw(9, 4), draw(9, 3))


def test_an_unknown_estimator_lists_the_known_ones() -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - every member is looked for below
        mmd(draw(9, 4), draw(5, 4), estimator='quadratic')  # type: ignore[arg-type]
    assert all(name in str(caught.value) for name in (*ESTIMATORS, 'quadratic'))


@pytest.mark.parametrize('counts', [(1, 5), (5, 1)])
def test_coral_names_the_least_batch(counts: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r'(at least|>=) (2|two).*got'):
        coral(*(draw(count, 4) for count in counts))


@pytest.mark.parametrize('estimator', ['unbiased', 'linear'])
def test_mmd_of_one_sample_is_undefined(estimator: Estimator) -> None:
    with pytest.raises(ValueError, match='at least 2 samples a domain'):
        mmd(draw(1, 4), draw(5, 4), estimator=estimator)
