"""MCD: the formula, and what each step leaves alone."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import pytest
import references_training_adversarial as ref
import torch
from draws import draw_wide
from recorded import assert_agrees, load
from shifted import Moons, accuracy
from torch import nn
from training import fit, make, module, moved, outputs, pair, weights

from dann.methods.alignment.dann import DANN
from dann.methods.training.mcd import MCD, class_balance, discrepancy

SHAPES = [(1, 2), (7, 3), (20, 11)]


@pytest.mark.parametrize('shape', SHAPES)
def test_discrepancy_and_class_balance(shape: tuple[int, int]) -> None:
    one, other = draw_wide(*shape, seed=1), draw_wide(*shape, seed=2)
    assert float(discrepancy(one, other)) == pytest.approx(ref.discrepancy(one.numpy(), other.numpy()))
    assert float(class_balance(one)) == pytest.approx(ref.class_balance(one.numpy()))


def test_discrepancy_is_symmetric_bounded_and_zero_where_classifiers_agree() -> None:
    one, other = draw_wide(7, 3, seed=1), draw_wide(7, 3, seed=2)
    assert float(discrepancy(one, other)) == pytest.approx(float(discrepancy(other, one)))
    assert float(discrepancy(one, one + 5)) == pytest.approx(0, abs=1e-12)
    apart = 1e3 * torch.eye(3, dtype=torch.float64)
    assert float(discrepancy(apart, apart.roll(1, 0))) == pytest.approx(2 / 3)
    torch.autograd.gradcheck(discrepancy, (one.requires_grad_(), other.requires_grad_()))


def test_class_balance_is_least_where_all_classes_are_equally_frequent() -> None:
    certain = 50 * torch.eye(4, dtype=torch.float64)
    assert float(class_balance(certain)) == pytest.approx(math.log(4))
    assert float(class_balance(certain[:2])) > 10
    assert class_balance(1e4 * certain[:1]).isfinite()
    torch.autograd.gradcheck(class_balance, draw_wide(5, 3).requires_grad_())


def test_discrepancy_names_both_shapes() -> None:
    with pytest.raises(ValueError, match=r'one shape \(B, C\), got \(4, 3\) and \(5, 3\)'):
        discrepancy(draw_wide(4, 3), draw_wide(5, 3))


class Watched(MCD):
    """Keeps which of features and classifiers each step moved, and the sign of its discrepancy."""

    def descend(self, losses: Any, *optimizers: Any) -> None:
        features, heads = (self.network.backbone, self.network.bottleneck), (self.network.head, self.second)
        before = weights(*features), weights(*heads)
        super().descend(losses, *optimizers)
        sign = int(torch.as_tensor(losses.get('discrepancy', 0.0)).detach().sign())
        self.seen.append((moved(before[0], weights(*features)), moved(before[1], weights(*heads)), sign))

    seen: list[tuple[bool, bool, int]]


def test_mcd_moves_all_then_the_classifiers_then_the_features() -> None:
    model = module(make('MCD', steps=3))
    model.__class__ = Watched
    assert isinstance(model, Watched)
    model.seen = []
    fit(model, epochs=1)
    assert model.seen == 5 * [(True, True, 0), (False, True, -1), *3 * [(True, False, 1)]]
    assert {'loss/source', 'loss/second', 'loss/discrepancy'} == model.meter.means.keys()


def test_mcd_starts_with_two_classifiers_and_evaluates_their_mean() -> None:
    model = module(make('MCD'))
    assert isinstance(model, MCD)
    first, second = weights(model.network.head), weights(model.second)
    assert moved(first, second)
    images = torch.rand(12, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    view = model.eval().network(images)
    mean = (view.logits + model.second(view.features)) / 2
    torch.testing.assert_close(outputs(model), mean.softmax(dim=1))
    assert {name for name, _ in model.named_parameters()} >= {
        'network.second.1.weight',
        'network.head.1.weight',
    }


def test_mcd_balances_classes_where_asked_for() -> None:
    model = module(make('MCD', balance=0.01))
    fit(model, pair(), epochs=1)
    assert model.meter.means['loss/balance'] >= 0.01 * 2 * math.log(3) - 1e-6


@pytest.mark.parametrize(
    ('name', 'options', 'message'),
    [
        ('MCD', {'steps': 0}, '`steps` of at least 1, got 0'),
        ('MCD', {'balance': -0.1}, '`balance` of at least 0'),
        ('MCD', {'weight': -0.1}, '`weight` of at least 0'),
        ('MCD', {'hidden': (0,)}, '`hidden` sizes above 0'),
        ('MCD', {'dropout': 1.0}, r'`dropout` in \[0, 1\)'),
    ],
)
def test_bad_arguments(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module(make(name, **options))


def test_both_of_mcds_classifiers_learn_from_few_labels() -> None:
    model = module(make('MCD'))
    assert isinstance(model, MCD)
    fit(model, pair(shots=2))
    assert {'loss/shots', 'loss/second_shots'} <= model.meter.means.keys()


def test_mcd_dalib() -> None:
    """Nothing differs: the mean over samples and classes."""
    record = load('mcd_dalib')
    assert_agrees(discrepancy(record['first'], record['second']), record, 'first', 'second')


def test_the_classifiers_are_those_of_the_authors_code_for_digits() -> None:
    model = module(make('MCD'))
    assert isinstance(model, MCD)
    hidden = ['Dropout', 'Linear', 'BatchNorm1d', 'ReLU']
    for head in (model.network.head, model.second):
        layers = list(head.children())
        assert [type(layer).__name__ for layer in layers] == 2 * hidden + ['Dropout', 'Linear']
        assert [layer.out_features for layer in layers if isinstance(layer, nn.Linear)] == [100, 100, 3]
        assert {layer.p for layer in layers if isinstance(layer, nn.Dropout)} == {0.5}


def test_without_hidden_layers_of_their_own_both_are_as_the_head_of_other_methods() -> None:
    model = module(make('MCD', hidden=None), head=(5,))
    assert isinstance(model, MCD)
    shared = module(head=(5,)).network.head
    assert [tuple(each.shape) for each in model.second.parameters()] == [
        tuple(each.shape) for each in shared.parameters()
    ]
    assert not moved(weights(model.network.head), weights(shared))
    bare = module(make('MCD', hidden=None), bottleneck=None)
    assert isinstance(bare, MCD)
    assert moved(weights(bare.network.head), weights(bare.second))


def test_the_classifiers_start_alike_whatever_is_aligned_beside_them() -> None:
    plain, beside = module(make('MCD')), module(make('MCD'), alignment=DANN())
    assert not moved(weights(plain.network), weights(beside.network))


def test_the_weight_multiplies_the_discrepancy_of_both_steps() -> None:
    gaps = []
    for weight in (1.0, 30.0):
        model = module(make('MCD', weight=weight, dropout=0.0))
        assert isinstance(model, MCD)
        batch = batch_of(12)
        model.__class__ = AtStart
        apart, near = model._apart(batch)['discrepancy'], model._gap(model._unseen(batch))
        gaps.append((float(apart.detach()), float(near.detach())))
    once, thirty_times = gaps
    assert once[0] < 0 < once[1]
    assert thirty_times == pytest.approx([30 * gap for gap in once], rel=1e-5)


class AtStart(MCD):
    """Outside a run."""

    progress = 0.0


def batch_of(count: int) -> Any:
    rng = torch.Generator().manual_seed(0)
    images, target = (torch.rand(count, 3, 8, 8, generator=rng) for _ in range(2))
    return {'source': (images, torch.arange(count) % 3), 'target': target}


@pytest.mark.parametrize('policy', ['joint', 'separate', 'domain_specific'])
def test_both_classifiers_normalise_the_domains_alike(policy: str) -> None:
    model = module(make('MCD', dropout=0.0), batch_norm=policy)
    assert isinstance(model, MCD)
    network = model.network
    batch = batch_of(12)
    (images, labels), target = batch['source'], batch['target']
    if policy == 'domain_specific':
        torch.nn.init.constant_(network.head[1].norms['target'].weight, 2.0)  # type: ignore[union-attr, index]
    network.second.load_state_dict(network.head.state_dict())  # so that they agree wherever they see the same
    for view in (
        *network.both(images, labels, target),
        *model._classified(*network.both(images, labels, target)),
    ):
        torch.testing.assert_close(view.extra['second'], view.logits)
    together = network.both(images, labels, target)[1].logits
    torch.testing.assert_close(model._classified(*network.both(images, labels, target))[1].logits, together)
    alone = network(target, domain='target').logits
    assert torch.allclose(together, alone, atol=1e-5) is (policy != 'joint')


@pytest.mark.slow
def test_a_hidden_layer_solves_rotated_moons_which_the_source_alone_does_not() -> None:
    """The paper's toy: the moons of the target are turned by 30 degrees."""
    small = partial(MCD, steps=2, hidden=(32,), norm='none', dropout=0.0)
    run = partial(accuracy, Moons, steps=400, lr=1e-2)
    source = sum(run(seed=seed, head=(32,)) for seed in range(3)) / 3
    adapted = sum(run(small, seed=seed) for seed in range(3)) / 3
    assert source < 92
    assert adapted > source + 5
