"""VADA: its terms and the network it evaluates."""

from __future__ import annotations

from typing import Any

import pytest
import references_training_adversarial as ref
import torch
from draws import draw_wide
from training import fit, make, module, moved, weights

from dann.core.views import View
from dann.methods.alignment.dann import DANN
from dann.methods.training.dirt_t import staying_close
from dann.methods.training.vada import VADA, conditional_entropy

SHAPES = [(1, 2), (7, 3), (20, 11)]


@pytest.mark.parametrize('shape', SHAPES)
def test_conditional_entropy_and_staying_close(shape: tuple[int, int]) -> None:
    one, other = draw_wide(*shape, seed=1), draw_wide(*shape, seed=2)
    assert float(conditional_entropy(one)) == pytest.approx(ref.entropy(one.numpy()))
    expected = ref.kl(ref.softmax(one.numpy()), ref.softmax(other.numpy()))
    assert float(staying_close(one, other)) == pytest.approx(expected)
    assert float(staying_close(one, one + 3)) == pytest.approx(0, abs=1e-12)


def test_vada_has_all_its_terms_and_evaluates_the_average() -> None:
    model = module(make('VADA'))
    assert isinstance(model, VADA)
    assert isinstance(model.alignment, DANN)
    assert model.alignment.strength(0.0) == model.alignment.strength(0.9) == 0.01
    fit(model, epochs=1)
    terms = ('source', 'domain', 'vat', 'vat_source', 'entropy')
    assert model.meter.means.keys() == {f'loss/{name}' for name in terms}
    assert model.evaluated is model.average.network
    assert float(model.average.updates) == 5
    assert moved(weights(model.average.network), weights(model.network))


def test_vada_takes_another_alignment() -> None:
    from dann.methods.alignment.coral import CORAL

    model = module(make('VADA', source_weight=0.0), alignment=CORAL())
    fit(model, epochs=1)
    assert 'loss/coral' in model.meter.means
    assert not {'loss/domain', 'loss/vat_source'} & model.meter.means.keys()


@pytest.mark.parametrize(
    ('name', 'options', 'message'),
    [
        ('VADA', {'source_weight': -1}, '`source_weight` of at least 0'),
        ('VADA', {'target_weight': -1}, '`target_weight` of at least 0'),
        ('VADA', {'radius': 0}, '`radius` above 0'),
        ('VADA', {'xi': 0}, '`xi` above 0'),
        ('VADA', {'domain_weight': -1}, '`weight` of at least 0'),
        ('VADA', {'decay': 1}, r'`decay` in \[0, 1\)'),
    ],
)
def test_bad_arguments(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module(make(name, **options))


def test_each_term_has_its_weight_and_its_domains_images(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int, float, float]] = []

    def smoothness(_: Any, images: torch.Tensor, *, domain: str, radius: float, xi: float) -> torch.Tensor:
        asked.append((domain, len(images), radius, xi))
        return torch.tensor(2.0)

    monkeypatch.setattr('dann.methods.training.vada.smoothness', smoothness)
    model: Any = module(make('VADA', target_weight=0.5, source_weight=0.25, radius=1.5, xi=0.1))
    batch = {'source': (torch.zeros(4, 3, 8, 8), None), 'target': torch.zeros(5, 3, 8, 8)}
    logits = draw_wide(5, 3)
    losses = model.terms(batch, None, View(draw_wide(5, 6, seed=1), logits), 0.5)
    found = {name: float(loss) for name, loss in losses.items()}
    assert found == pytest.approx(
        {'vat': 1.0, 'entropy': 0.5 * ref.entropy(logits.numpy()), 'vat_source': 0.5}, rel=1e-9
    )
    assert asked == [('target', 5, 1.5, 0.1), ('source', 4, 1.5, 0.1)]


def test_norm_and_dropout_are_those_of_the_critic() -> None:
    model = module(make('VADA', norm='batch', dropout=0.25))
    assert isinstance(model.alignment, DANN)
    assert (model.alignment.norm, model.alignment.dropout) == ('batch', 0.25)
    assert any(isinstance(layer, torch.nn.BatchNorm1d) for layer in model.alignment.critic.modules())
