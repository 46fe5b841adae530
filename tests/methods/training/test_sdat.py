"""SDAT: the ascent, and the step that follows it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import references_training_adversarial as ref
import torch
from draws import draw_wide
from torch import Tensor, nn
from training import fit, make, module, weights

from dann.core.schedules import Constant
from dann.methods.alignment.cdan import CDAN
from dann.methods.alignment.dann import DANN
from dann.methods.style.mixstyle import MixStyle
from dann.methods.training.sdat import SDAT, ascent
from dann.methods.training.sdat import moved as moved_by
from dann.networks.batch_norm import DomainSpecificBatchNorm


def test_the_ascent_has_the_length_asked_for_over_all_weights_together() -> None:
    gradients = [draw_wide(3, 4, seed=1), draw_wide(5, seed=2)]
    expected = ref.ascent([each.numpy() for each in gradients], 0.3)
    for got, step in zip(ascent(gradients, 0.3), expected, strict=True):
        torch.testing.assert_close(got, torch.from_numpy(step))
    assert all(not step.any() for step in ascent([torch.zeros(2), torch.zeros(3)], 0.3))
    with pytest.raises(ValueError, match='at least one gradient, got none'):
        ascent([], 0.3)


def test_weights_are_put_back_to_the_last_bit() -> None:
    weight = torch.nn.Parameter(draw_wide(4, 3, seed=1).float())
    before = weight.detach().clone()
    with moved_by([weight], [torch.full((4, 3), 1e-3)]):
        assert torch.equal(weight, before + 1e-3)
    assert torch.equal(weight, before)
    with pytest.raises(RuntimeError, match='inside'), moved_by([weight], [torch.ones(4, 3)]):
        raise RuntimeError('inside')
    assert torch.equal(weight, before)


@pytest.mark.parametrize('adapt_at', ['weights', 'perturbed'])
def test_sdat_without_a_radius_is_cdan(adapt_at: str) -> None:
    smooth, plain = module(make('SDAT', rho=0.0, adapt_at=adapt_at)), module(CDAN())
    fit(smooth, epochs=2)
    fit(plain, epochs=2)
    assert isinstance(smooth.alignment, CDAN)
    for left, right in zip(weights(smooth), weights(plain), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-4, atol=1e-5)
    assert smooth.meter.means.keys() == plain.meter.means.keys()


def test_sdats_second_pass_leaves_running_statistics_alone() -> None:
    model = module(make('SDAT'), normed=True)
    fit(model, epochs=1)
    counts = [int(value) for name, value in model.network.named_buffers() if name.endswith('tracked')]
    assert counts == [5]


class Kept(SDAT):
    """Keeps the batch and the gradients of its first step."""

    def training_step(self, batch: Any, batch_idx: int) -> None:
        if not self.batches:
            self.batches.append((batch, self.progress))
            self.before = {name: value.clone() for name, value in self.state_dict().items()}
        super().training_step(batch, batch_idx)
        if len(self.after) == 0:
            self.after = {name: value.clone() for name, value in self.state_dict().items()}

    batches: list[Any]
    before: dict[str, Tensor]
    after: dict[str, Tensor]


@pytest.mark.parametrize('adapt_at', ['weights', 'perturbed'])
def test_a_step_of_sdat(adapt_at: str) -> None:
    """Plain descent with a rate of 1 moves the weights by the gradient itself."""
    options: dict[str, Any] = {'optimizer': partial(torch.optim.SGD, lr=1.0), 'lr_schedule': Constant()}
    model = module(make('SDAT', rho=0.5, adapt_at=adapt_at, **options), alignment=DANN(schedule=Constant()))
    model.__class__ = Kept
    assert isinstance(model, Kept)
    model.batches, model.after = [], {}
    fit(model, epochs=1)
    (batch, progress), twin = model.batches[0], module(DANN(schedule=Constant()))
    twin.load_state_dict(model.before)
    network = list(twin.network.parameters())

    def gradient(*terms: str) -> list[Tensor]:
        losses = twin.losses(batch, progress)
        total = torch.stack([losses[name] for name in terms]).sum()
        found = torch.autograd.grad(total, list(twin.parameters()), materialize_grads=True)
        return list(found)

    rest = gradient('domain')
    ahead = gradient('source')[: len(network)]
    steps = ref.ascent([each.double().numpy() for each in ahead], 0.5)
    with torch.no_grad():
        for weight, step in zip(network, steps, strict=True):
            weight.add_(torch.from_numpy(step).float())
    rest = rest if adapt_at == 'weights' else gradient('domain')
    expected = [one + other for one, other in zip(gradient('source'), rest, strict=True)]
    for (name, _), descent in zip(twin.named_parameters(), expected, strict=True):
        torch.testing.assert_close(model.before[name] - model.after[name], descent, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    ('name', 'options', 'message'),
    [('SDAT', {'rho': -1}, '`rho` of at least 0'), ('SDAT', {'adapt_at': 'both'}, "got 'both'")],
)
def test_bad_arguments(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module(make(name, **options))


def target_statistics(model: Any) -> Tensor:
    (split,) = [each for each in model.network.modules() if isinstance(each, DomainSpecificBatchNorm)]
    norm = split.norms['target']
    assert isinstance(norm, nn.BatchNorm2d)
    assert norm.running_mean is not None
    return norm.running_mean


@pytest.mark.parametrize('adapt_at', ['weights', 'perturbed'])
def test_sdat_estimates_the_targets_statistics(adapt_at: str) -> None:
    model = module(make('SDAT', adapt_at=adapt_at), normed=True, batch_norm='domain_specific')
    fit(model)
    assert isinstance(model, SDAT)
    assert target_statistics(model).abs().max() > 0


def test_sdat_mixes_features_in_both_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    model = module(make('SDAT'), style=MixStyle(probability=1.0))
    assert isinstance(model.style, MixStyle)
    mixed = model.style.mixed

    def watched(features: Tensor, source: int, strength: float) -> Tensor:
        sizes.append(len(features))
        return mixed(features, source, strength)

    monkeypatch.setattr(model.style, 'mixed', watched)
    fit(model, epochs=1)
    assert sizes == 10 * [16]
