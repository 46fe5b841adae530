"""The domain critic's loss, with and without entropy weights."""

from __future__ import annotations

import numpy as np
import pytest
import references as ref
import references_adversarial as adv
import torch
from draws import Shapes, assert_starts_at_chance, built, draw, leaf_views, pair
from torch import nn

from dann.core.views import View
from dann.methods.alignment.dann import DANN, domain_loss
from dann.networks.heads import Norm

SHAPES = [((9, 4), (5, 4)), ((2, 1), (3, 1)), ((64, 31), (33, 31))]
shapes = pytest.mark.parametrize('shapes', SHAPES)


@shapes
def test_domain_loss(shapes: Shapes) -> None:
    source, target = (3 * domain[:, 0] for domain in pair(shapes))
    expected = ref.domain_loss(source.numpy(), target.numpy())
    assert float(domain_loss(source, target)) == pytest.approx(expected, rel=1e-9)


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


def test_entropy_weights_change_what_the_critic_minimises() -> None:
    source, target = leaf_views()
    plain, weighted = (
        built(DANN(entropy=entropy))(source, target, 1.0)['domain'] for entropy in (False, True)
    )
    assert not torch.isclose(plain, weighted)
    sure = View(source.features, torch.zeros_like(source.logits)), View(target.features, 0 * target.logits)
    torch.testing.assert_close(built(DANN(entropy=True))(*sure, 1.0)['domain'], plain)
    assert ref.entropy_weights(np.zeros((2, 3))).tolist() == [0.5, 0.5]


@pytest.mark.parametrize('entropy', [True, False])
def test_a_new_domain_critic_knows_nothing(entropy: bool) -> None:
    assert_starts_at_chance(DANN(entropy=entropy))


def test_gradients() -> None:
    assert torch.autograd.gradcheck(domain_loss, (draw(9, grad=True), draw(5, seed=1, grad=True)))


def test_strength_scales_the_gradient_into_the_features_and_not_the_critics() -> None:
    method, (source, target) = built(DANN()), leaf_views()
    critic, features = list(method.critic.parameters()), [source.features, target.features]
    straight = domain_loss(method.critic(source.features), method.critic(target.features))
    expected = torch.autograd.grad(straight, [*features, *critic])
    for strength in (1.0, 0.25):
        loss = method(source, target, strength)['domain']
        got = torch.autograd.grad(loss, [*features, *critic])
        torch.testing.assert_close(got[:2], tuple(-strength * each for each in expected[:2]))
        torch.testing.assert_close(got[2:], expected[2:])


def test_the_critics_accuracy_is_the_mean_over_both_domains() -> None:
    method = DANN()
    method.critic = nn.Flatten(0)
    source, target = (
        View(torch.tensor(scores)[:, None], torch.zeros(len(scores), 3))
        for scores in ([1.0, 2.0, -1.0, 3.0], [-1.0, 0.0])
    )
    assert method.diagnose(source, target) == {'critic_accuracy': 0.875}


def test_the_default_ramp_is_the_papers() -> None:
    assert DANN().strength(0.1) == pytest.approx(2 / (1 + np.exp(-1)) - 1)


@pytest.mark.parametrize('norm', ['none', 'batch', 'layer'])
@pytest.mark.parametrize('sizes', [(9, 5), (1, 1)])
def test_the_critic_normalises_both_domains_together(norm: Norm, sizes: tuple[int, int]) -> None:
    method = built(DANN(hidden=(6, 5), norm=norm)).train()
    source, target = leaf_views(sizes)
    scores = adv.with_norm(method.critic, torch.cat([source.features, target.features]), norm)[:, 0]
    expected = ref.domain_loss(scores[: sizes[0]], scores[sizes[0] :])
    assert method(source, target, 1.0)['domain'].item() == pytest.approx(expected, rel=1e-9)
    assert 0 <= method.eval().diagnose(source[:1], target[:1])['critic_accuracy'] <= 1


def test_the_critics_dropout_is_that_of_training() -> None:
    method, (source, target) = built(DANN(dropout=0.5)), leaf_views()
    one, other = (method.train()(source, target, 1.0)['domain'] for _ in range(2))
    assert not torch.isclose(one, other)
    one, other = (method.eval()(source, target, 1.0)['domain'] for _ in range(2))
    assert torch.equal(one, other)
