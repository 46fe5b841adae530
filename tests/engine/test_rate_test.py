"""The range test: its curve, what it leaves untouched, and what it may not look at."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from own_features import drawn, write_npz
from toy import Toy
from training import TRAINING, make, module, moved, pair, same_weights, weights

from dann.core.errors import RunError, UserError
from dann.datasets import Arrays, DomainPair
from dann.engine.module import AdaptationModule
from dann.engine.rate_test import DIVERGED, Curve, range_test, smoothed
from dann.methods.pretraining.rotation import Rotation
from dann.networks import MLP, ConvNet
from dann.validators.infomax import InfoMax


def test_the_running_mean_is_that_of_all_losses_weighted_by_age() -> None:
    losses = [3.0, 1.0, 4.0, 1.0, 5.0]
    for count, mean in enumerate(smoothed(losses, 0.9), start=1):
        ages = [0.9 ** (count - 1 - place) for place in range(count)]
        expected = sum(age * loss for age, loss in zip(ages, losses, strict=False)) / sum(ages)
        assert mean == pytest.approx(expected)


def slow_losses(model: AdaptationModule, rates: list[float]) -> list[float]:
    """Source losses of plain gradient descent in which each step has the next rate, by another author."""
    data, losses = pair(), []
    data.prepare_data()
    data.setup()
    model.train()
    for step, rate in enumerate(rates):
        images, labels = data.train_dataloader().dataset[step]['source']
        hidden = model.network.bottleneck(model.network.backbone(images))
        logits = model.network.head(hidden)
        loss = -logits.log_softmax(dim=1)[torch.arange(len(labels)), labels].mean()
        losses.append(float(loss.detach()))
        parameters = [*model.network.parameters()]
        slopes = torch.autograd.grad(loss, parameters)
        backbone = {id(each) for each in model.network.backbone.parameters()}
        with torch.no_grad():
            for parameter, slope in zip(parameters, slopes, strict=True):
                parameter.sub_((0.1 if id(parameter) in backbone else 1.0) * rate * slope)
    return losses


def plain(**options: Any) -> AdaptationModule:
    return module(
        optimizer=lambda groups: torch.optim.SGD(groups, lr=123.0), backbone_lr_scale=0.1, **options
    )


def test_the_curve_is_that_of_descent_with_rising_rates() -> None:
    curve = range_test(plain(), pair(), steps=30, lowest=1e-4, highest=0.5)
    assert curve.rates[0] == 1e-4
    ratios = [after / before for before, after in itertools.pairwise(curve.rates)]
    assert ratios == pytest.approx([5000 ** (1 / 29)] * len(ratios))
    assert curve.losses == pytest.approx(smoothed(slow_losses(plain(), [*curve.rates])), rel=1e-4)
    slopes = [after - before for before, after in itertools.pairwise(curve.losses)]
    place = min(range(3, 25), key=lambda each: slopes[each])
    assert curve.suggested == curve.rates[place]
    assert curve.rates[0] < curve.suggested < curve.rates[-1]


def test_nothing_of_the_target_is_looked_at() -> None:
    """Neither the target's images nor the method nor the style change a digit."""
    curves = [
        range_test(plain(**options), pair(target=target), steps=25, lowest=1e-4, highest=0.5)
        for options, target in (
            ({}, Toy('b')),
            ({}, Toy('c', seed=9)),
            ({'alignment': make('DANN')}, Toy('b')),
            ({'style': make('FDA')}, Toy('b')),
        )
    ]
    assert all(curve == curves[0] for curve in curves)


def test_the_module_and_the_generator_are_as_they_were() -> None:
    tested, other = (module(make('DANN'), normed=True, freeze='all') for _ in range(2))
    tested.network.head.eval()
    before, state = weights(tested), torch.get_rng_state()
    data = pair()
    range_test(tested, data, steps=25)
    assert torch.equal(state, torch.get_rng_state())
    assert not moved(before, weights(tested))
    assert same_weights(tested, other)
    assert not tested.network.head.training
    assert tested.network.training
    assert not any(block.training for block in tested.backbone.frozen)
    assert tested.backbone.frozen
    assert data.stored == {}
    assert tested.backbone.stored is None
    assert all(parameter.grad is None for parameter in tested.parameters())


def test_features_are_standardised_for_the_test_and_not_for_good(tmp_path: Path) -> None:
    path = str(write_npz(tmp_path, drawn()))
    data = DomainPair(Arrays(path, 'a'), Arrays(path, 'b'), batch_size=8, steps_per_epoch=5)

    def tested(*, standardise: bool) -> Curve:
        torch.manual_seed(0)
        backbone = MLP((8,), standardise=standardise)
        model = AdaptationModule(3, backbone, bottleneck=6, image_shape=(5,), validators=[InfoMax()])
        curve = range_test(model, data, steps=25, highest=0.1)
        assert backbone.learned == 0
        return curve

    assert tested(standardise=True).losses[0] < 3
    with pytest.raises(RunError, match='does not fall'):  # one of the features is in the thousands
        tested(standardise=False)


def test_the_test_ends_where_the_loss_has_diverged() -> None:
    curve = range_test(plain(), pair(), steps=60, lowest=1e-3, highest=1e6)
    assert FEW <= len(curve.rates) < 60
    assert math.isfinite(curve.losses[-1])
    assert curve.suggested < 10
    assert DIVERGED == 4


FEW = 20


def test_a_loss_that_never_falls_has_no_suggestion() -> None:
    stuck = module(freeze='all')
    for parameter in [*stuck.network.head.parameters(), *stuck.network.bottleneck.parameters()]:
        parameter.data.zero_()
    stuck.network.head.requires_grad_(False)
    with pytest.raises(
        RunError, match=r'does not fall at any learning rate from 1e-06 to 1e\+00; check labels'
    ):
        range_test(stuck, pair(), steps=25)


@pytest.mark.parametrize('name', ['ADDA', 'MCD', 'SDAT'])
def test_methods_with_several_optimisers_are_refused(name: str) -> None:
    backbone = ConvNet(8, (8,), (3,), (2,), batch_norm=True)
    kind: Any = TRAINING[name]
    said = f'{name} has several optimisers, .*; leave the method out and test the rate of source-only'
    with pytest.raises(UserError, match=said):
        range_test(kind(num_classes=3, backbone=backbone), pair())


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        ({'lowest': 0.0}, '`lowest` above 0'),
        ({'lowest': 2.0}, 'below `highest`'),
        ({'steps': 5}, 'at least 20'),
    ],
)
def test_a_range_that_is_none_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        range_test(module(), pair(), **options)


def test_the_curve_is_a_dozen_lines_and_a_picture() -> None:
    curve = Curve(tuple(10.0**-power for power in range(24, 0, -1)), tuple([2.0] * 24), 1e-3)
    lines = curve.text.splitlines()
    assert lines[0] == 'lr       source loss'
    assert lines[1] == '1.0e-24  2.000'
    assert len(lines) == 14
    assert lines[-1] == 'suggested lr: 1.0e-03; set it with --model.optimizer.init_args.lr 1.0e-03'
    assert curve.picture().startswith(b'\x89PNG')


def test_a_first_stage_is_refused_as_the_test_would_begin_before_it() -> None:
    with pytest.raises(UserError, match='not from those of `pretraining`; leave `pretraining` out'):
        range_test(module(pretraining=Rotation(3, 8)), pair())
