"""NRC against the published formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import references_training_self as ref
import torch
from draws import draw
from training import fit, make, module

from dann.core.views import View
from dann.methods.training.nrc import NRC, affinities, disagreement, divergence, nearest


@pytest.mark.parametrize(
    ('name', 'options', 'message'),
    [
        ('NRC', {'neighbours': 0}, '`neighbours` and `expanded` of at least 1, got 0 and 5'),
        ('NRC', {'affinity': 2.0}, r'`affinity` in \[0, 1\]'),
    ],
)
def test_bad_arguments(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module(make(name, **options))


@pytest.mark.parametrize('sizes', [(23, 5, 4, 3), (40, 1, 5, 5), (4, 3, 1, 3)])
def test_nrc(sizes: tuple[int, int, int, int]) -> None:
    count, batch, neighbours, expanded = sizes
    features, p = draw(count, 3), (2 * draw(count, 4, seed=1)).softmax(1)
    own = torch.arange(count).flip(0)[:batch]
    bank = torch.nn.functional.normalize(features, dim=1)
    near = nearest(own, bank, neighbours)
    far = nearest(near, bank, expanded)
    weights = affinities(own, far, 0.1).double()
    expected = ref.nrc(features.numpy(), p.numpy(), own.tolist(), neighbours, expanded, 0.1)
    # the weak affinity is the nearest float32
    assert float(disagreement(p[own], p[near], weights)) == pytest.approx(expected['neighbours'], rel=1e-6)
    assert float(disagreement(p[own], p[far.flatten(1)], 0.1)) == pytest.approx(
        expected['expanded'], rel=1e-9
    )
    assert float(disagreement(p[own], p[own][:, None], 1.0)) == pytest.approx(expected['self'], rel=1e-9)
    assert float(divergence(p[own])) == pytest.approx(expected['divergence'], rel=1e-9)


def test_nobody_is_their_own_neighbour_even_among_copies() -> None:
    bank = torch.nn.functional.normalize(torch.ones(6, 2), dim=1)
    own = torch.tensor([3, 0])
    near = nearest(own, bank, 5)
    assert not (near == own[:, None]).any()
    assert sorted(near[0].tolist()) == [0, 1, 2, 4, 5]


def test_divergence_is_zero_on_an_even_batch_and_log_c_on_one_class() -> None:
    even = torch.eye(4, dtype=torch.float64)
    assert float(divergence(even)) == pytest.approx(0, abs=1e-12)
    one = even[:1].expand(3, 4).clone().requires_grad_()
    assert float(divergence(one).detach()) == pytest.approx(np.log(4))
    assert torch.autograd.grad(divergence(one), one)[0].isfinite().all()


def test_nrc_refuses_more_neighbours_than_images_and_keeps_banks_of_the_pool() -> None:
    with pytest.raises(ValueError, match='more target images than the 48 neighbours of each, got 48; lower'):
        fit(module(make('NRC', neighbours=48)))
    model = module(make('NRC'))
    assert isinstance(model, NRC)
    fit(model)
    torch.testing.assert_close(model.score_bank.sum(1), torch.ones(48))
    assert bool((model.feature_bank.norm(dim=1) < 1 + 1e-5).all())


def test_a_step_of_nrc_renews_the_banks_and_has_the_papers_four_losses() -> None:
    model: Any = module(make('NRC', neighbours=2, expanded=3))
    features, p = draw(12, 6), draw(12, 3, seed=1).softmax(1)
    model.feature_bank, model.score_bank = torch.nn.functional.normalize(features, dim=1), p.clone()
    own, view = torch.tensor([7, 2, 4]), View(draw(3, 6, seed=2), draw(3, 3, seed=3))
    losses = model.adapt({'target_index': own}, view)
    features[own], p[own] = view.features, view.probabilities
    torch.testing.assert_close(model.score_bank, p)
    torch.testing.assert_close(model.feature_bank.norm(dim=1), torch.ones(12, dtype=torch.float64))
    expected = ref.nrc(features.numpy(), p.numpy(), own.tolist(), 2, 3, 0.1)
    # the weak affinity is the nearest float32
    assert {name: float(loss) for name, loss in losses.items()} == pytest.approx(expected, rel=1e-6)


def test_the_banks_are_filled_once_with_unit_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    model: Any = module(make('NRC'))
    seen = View(3 * draw(9, 6), draw(9, 3, seed=1))
    monkeypatch.setattr('dann.methods.training.nrc.survey', lambda _: seen)
    model.feature_bank, model.score_bank = torch.zeros(9, 6).double(), torch.zeros(9, 3).double()
    assert model.refreshes == 1
    model.survey()
    torch.testing.assert_close(model.feature_bank, torch.nn.functional.normalize(seen.features, dim=1))
    torch.testing.assert_close(model.score_bank, seen.probabilities)
