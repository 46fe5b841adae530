"""The domain critic's loss, with and without entropy weights."""

from __future__ import annotations

import numpy as np
import pytest
import references as ref
import torch
from draws import Shapes, assert_starts_at_chance, built, draw, leaf_views, pair

from dann.core.views import View
from dann.methods.alignment.dann import DANN, domain_loss

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
