"""Adversarial training methods: formulas, and what each step leaves alone."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import pytest
import pytorch_lightning as pl
import references_training_adversarial as ref
import torch
from torch import Tensor
from training import fit, make, module, outputs, pair

from dann.core.schedules import Constant
from dann.methods.alignment.cdan import CDAN
from dann.methods.alignment.dann import DANN
from dann.methods.training.adda import ADDA, inverted_loss
from dann.methods.training.dirt_t import DIRTT, begins_round, staying_close
from dann.methods.training.mcd import MCD, class_balance, discrepancy
from dann.methods.training.mme import CosineLayer, minimax_entropy
from dann.methods.training.sdat import SDAT, ascent
from dann.methods.training.sdat import moved as moved_by
from dann.methods.training.vada import VADA, conditional_entropy
from dann.methods.training.vat import smoothness, virtual_adversarial
from dann.networks.batch_norm import frozen_statistics

SHAPES = [(1, 2), (7, 3), (20, 11)]


def draw(*shape: int, seed: int = 0) -> Tensor:
    return 2 * torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def weights(*parts: torch.nn.Module) -> list[Tensor]:
    return [parameter.detach().clone() for part in parts for parameter in part.parameters()]


def moved(before: list[Tensor], after: list[Tensor]) -> bool:
    return any(not torch.equal(one, other) for one, other in zip(before, after, strict=True))


@pytest.mark.parametrize('shape', SHAPES)
def test_discrepancy_and_class_balance(shape: tuple[int, int]) -> None:
    one, other = draw(*shape, seed=1), draw(*shape, seed=2)
    assert float(discrepancy(one, other)) == pytest.approx(ref.discrepancy(one.numpy(), other.numpy()))
    assert float(class_balance(one)) == pytest.approx(ref.class_balance(one.numpy()))


def test_discrepancy_is_symmetric_bounded_and_zero_where_classifiers_agree() -> None:
    one, other = draw(7, 3, seed=1), draw(7, 3, seed=2)
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
    torch.autograd.gradcheck(class_balance, draw(5, 3).requires_grad_())


def test_discrepancy_names_both_shapes() -> None:
    with pytest.raises(ValueError, match=r'one shape \(B, C\), got \(4, 3\) and \(5, 3\)'):
        discrepancy(draw(4, 3), draw(5, 3))


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
    view = model.network(images)
    mean = (view.logits + model.second(view.features)) / 2
    torch.testing.assert_close(outputs(model), mean.softmax(dim=1))
    assert {name for name, _ in model.named_parameters()} >= {'second.0.weight', 'network.head.0.weight'}


def test_mcd_balances_classes_where_asked_for() -> None:
    model = module(make('MCD', balance=0.01))
    fit(model, pair(), epochs=1)
    assert model.meter.means['loss/balance'] >= 0.01 * 2 * math.log(3) - 1e-6


def linear(weight: Tensor) -> Any:
    return lambda images: images.flatten(1) @ weight.T


def test_virtual_adversarial_training() -> None:
    images, weight = draw(5, 3, 2, 3, seed=1), draw(4, 18, seed=2)
    predict = linear(weight)
    torch.manual_seed(7)
    got = virtual_adversarial(predict, images, predict(images), radius=0.3, xi=0.1)
    torch.manual_seed(7)
    starts = torch.randn_like(images)
    expected = ref.virtual_adversarial(images.numpy(), weight.numpy(), starts.numpy(), 0.3, 0.1)
    assert float(got) == pytest.approx(expected, rel=1e-5)


def test_the_virtual_adversarial_direction_beats_random_ones_and_more_iterations_help() -> None:
    images, weight = draw(50, 3, 4, 4, seed=1), 0.1 * draw(4, 48, seed=2)
    predict = linear(weight)
    torch.manual_seed(0)
    once, often = (
        virtual_adversarial(predict, images, predict(images), radius=0.5, xi=0.01, iterations=count)
        for count in (1, 20)
    )
    random = torch.randn_like(images).flatten(1)
    moved = images + 0.5 * (random / random.norm(dim=1, keepdim=True)).view_as(images)
    chance = ref.kl(ref.softmax(predict(images).numpy()), ref.softmax(predict(moved).numpy()))
    assert float(often) > float(once) > 3 * chance


def test_virtual_adversarial_training_of_the_default_probe_is_exact_in_float32() -> None:
    images, weight = draw(8, 3, 8, 8, seed=1).sigmoid(), 0.2 * draw(4, 192, seed=2)
    values = []
    for dtype in (torch.float64, torch.float32):
        predict, x = linear(weight.to(dtype)), images.to(dtype)
        torch.manual_seed(0)
        start = torch.randn(8, 3, 8, 8).to(dtype)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(torch, 'randn_like', lambda _, start=start: start)
            values.append(float(virtual_adversarial(predict, x, predict(x), radius=1.75)))
    assert values[1] == pytest.approx(values[0], rel=1e-3)


def test_virtual_adversarial_training_reaches_the_weights_and_not_the_clean_prediction() -> None:
    images, weight = draw(5, 3, 2, 3, seed=1), draw(4, 18, seed=2).requires_grad_()
    logits = linear(weight)(images)
    loss = virtual_adversarial(linear(weight), images, logits, radius=0.3)
    assert torch.autograd.grad(loss, logits, allow_unused=True, retain_graph=True)[0] is None
    assert torch.autograd.grad(loss, weight)[0].abs().max() > 0


def test_virtual_adversarial_training_of_a_constant_prediction_is_zero_and_attached() -> None:
    weight = torch.zeros(4, 18, dtype=torch.float64, requires_grad=True)
    images = draw(1, 3, 2, 3)
    loss = virtual_adversarial(linear(weight), images, linear(weight)(images), radius=1.0)
    assert float(loss.detach()) == pytest.approx(0, abs=1e-12)
    assert torch.autograd.grad(loss, weight)[0].isfinite().all()
    with pytest.raises(ValueError, match=r'expected logits of shape \(1, K\), got \(2, 4\)'):
        virtual_adversarial(linear(weight), images, draw(2, 4), radius=1.0)


@pytest.mark.parametrize('batch_norm', ['joint', 'separate', 'domain_specific'])
def test_smoothness_leaves_running_statistics_and_modes_as_they_are(batch_norm: str) -> None:
    model = module(normed=True, batch_norm=batch_norm)
    before = {name: buffer.clone() for name, buffer in model.network.named_buffers()}
    loss = smoothness(model.network, torch.rand(4, 3, 8, 8), domain='target', radius=1.0, xi=0.01)
    assert loss.detach() > 0
    assert all(torch.equal(buffer, before[name]) for name, buffer in model.network.named_buffers())
    model.network(torch.rand(4, 3, 8, 8))
    assert any(not torch.equal(buffer, before[name]) for name, buffer in model.network.named_buffers())
    with pytest.raises(RuntimeError, match='inside'), frozen_statistics(model.network):
        raise RuntimeError('inside')
    assert all(getattr(each, 'track_running_stats', True) for each in model.network.modules())


def test_vat_on_the_source_too() -> None:
    model = module(make('VAT', source_weight=0.5))
    fit(model, epochs=1)
    assert model.meter.means.keys() == {'loss/source', 'loss/vat', 'loss/vat_source'}


@pytest.mark.parametrize('shape', SHAPES)
def test_conditional_entropy_and_staying_close(shape: tuple[int, int]) -> None:
    one, other = draw(*shape, seed=1), draw(*shape, seed=2)
    assert float(conditional_entropy(one)) == pytest.approx(ref.entropy(one.numpy()))
    expected = ref.kl(ref.softmax(one.numpy()), ref.softmax(other.numpy()))
    assert float(staying_close(one, other)) == pytest.approx(expected)
    assert float(staying_close(one, one + 3)) == pytest.approx(0, abs=1e-12)


def test_staying_close_moves_the_student_alone() -> None:
    teacher, student = draw(5, 3, seed=1).requires_grad_(), draw(5, 3, seed=2).requires_grad_()
    loss = staying_close(teacher, student)
    assert torch.autograd.grad(loss, teacher, allow_unused=True, retain_graph=True)[0] is None
    torch.testing.assert_close(
        torch.autograd.grad(loss, student)[0], (student.softmax(1) - teacher.softmax(1)).detach() / 5
    )
    with pytest.raises(ValueError, match=r'one shape \(B, C\), got \(4, 3\) and \(5, 3\)'):
        staying_close(draw(4, 3), draw(5, 3))


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


@pytest.mark.parametrize(('steps', 'rounds'), [(10, 3), (7, 7), (5, 16), (40, 1), (80, 16)])
def test_rounds_begin_at_the_first_step_and_as_often_as_asked_for(steps: int, rounds: int) -> None:
    begun = [begins_round(step, steps, rounds) for step in range(steps)]
    assert begun[0]
    assert sum(begun) == min(steps, rounds)
    if steps % rounds == 0:
        assert [step for step, first in enumerate(begun) if first] == list(range(0, steps, steps // rounds))


class Teachers(pl.Callback):
    """Keeps the weights of the teacher at every step, and those of the average after it."""

    def __init__(self) -> None:
        self.teachers: list[list[Tensor]] = []
        self.averages: list[list[Tensor]] = []

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *_: Any) -> None:
        assert isinstance(pl_module, DIRTT)
        self.teachers.append(weights(pl_module.teacher))
        self.averages.append(weights(pl_module.average.network))


def test_dirt_t_replaces_its_teacher_each_round_and_trains_without_the_source() -> None:
    model, watch = module(make('DIRTT', rounds=2)), Teachers()
    fit(model, epochs=4, callbacks=[watch])
    assert model.meter.means.keys() == {'loss/teacher', 'loss/vat', 'loss/entropy'}
    changes = [n for n in range(1, 20) if moved(watch.teachers[n - 1], watch.teachers[n])]
    assert changes == [10, 15]
    for step in changes:
        assert not moved(watch.teachers[step], watch.averages[step - 1])


def test_dirt_t_uses_few_labels_in_both_stages() -> None:
    model = module(make('DIRTT'))
    fit(model, pair(shots=1), epochs=2)
    assert {'loss/shots', 'loss/teacher'} <= model.meter.means.keys()


@pytest.mark.parametrize('temperature', [1.0, 0.05])
def test_the_cosine_layer(temperature: float) -> None:
    plain = torch.nn.Linear(4, 3).double()
    layer, features = CosineLayer(plain, temperature), draw(5, 4, seed=1)
    expected = ref.cosine_logits(
        features.numpy(), plain.weight.detach().numpy(), plain.bias.detach().numpy(), temperature
    )
    torch.testing.assert_close(layer(features), torch.from_numpy(expected))
    torch.testing.assert_close(layer(7 * features), layer(features))
    assert layer(torch.zeros(1, 4).double()).isfinite().all()
    assert layer.state_dict().keys() == plain.state_dict().keys()


def test_minimax_entropy_and_its_opposite_gradients() -> None:
    network = module(head=(5,)).double().network
    features = draw(7, 6, seed=1).requires_grad_()
    loss = minimax_entropy(network, features)
    logits = network.classify(features).logits
    assert float(loss.detach()) == pytest.approx(-ref.entropy(logits.detach().numpy()))
    entropy = conditional_entropy(logits)
    into = [features, *network.head.parameters()]
    ours, straight = torch.autograd.grad(loss, into), torch.autograd.grad(entropy, into)
    torch.testing.assert_close(ours[0], straight[0])
    for mine, theirs in zip(ours[1:], straight[1:], strict=True):
        torch.testing.assert_close(mine, -theirs)


def test_mme_with_the_papers_classifier_and_few_labels() -> None:
    model, plain = module(make('MME', temperature=0.05), head=(5,)), module(head=(5,))
    assert isinstance(model.network.head[-1], CosineLayer)
    assert not moved(weights(model.network), weights(plain.network))
    fit(model, pair(shots=1), epochs=1)
    assert model.meter.means.keys() == {'loss/source', 'loss/shots', 'loss/minimax'}
    assert moved(weights(model.network.head[-1]), weights(plain.network.head[-1]))


def test_the_inverted_loss_and_its_gradient_where_the_critic_is_certain() -> None:
    logits = draw(7, seed=1)
    assert float(inverted_loss(logits)) == pytest.approx(ref.inverted_loss(logits.numpy()))
    certain = torch.full((4,), -30.0, dtype=torch.float64, requires_grad=True)
    inverted = torch.autograd.grad(inverted_loss(certain), certain)[0]
    torch.testing.assert_close(inverted, torch.full_like(certain, -0.25))


class Stages(pl.Callback):
    """Keeps the weights of both networks and the critic after every step."""

    def __init__(self) -> None:
        self.kept: list[tuple[list[Tensor], ...]] = []
        self.scored: list[bool] = []

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *_: Any) -> None:
        assert isinstance(pl_module, ADDA)
        encoder = weights(pl_module.adapted.backbone, pl_module.adapted.bottleneck)
        parts = (pl_module.network, pl_module.adapted.head, pl_module.critic)
        self.kept.append((encoder, *(weights(part) for part in parts)))
        self.scored.append(pl_module.evaluated is pl_module.adapted)


def test_adda_trains_on_the_source_then_the_target_encoder_alone() -> None:
    model, watch = module(make('ADDA', source_share=0.4), normed=True), Stages()
    assert isinstance(model, ADDA)
    fit(model, epochs=4, callbacks=[watch])
    names = ('encoder', 'network', 'head', 'critic')
    changed = [
        {name for name, one, other in zip(names, before, after, strict=True) if moved(one, other)}
        for before, after in zip(watch.kept, watch.kept[1:], strict=False)
    ]
    assert changed[:7] == 7 * [{'network'}]
    assert changed[7] == {'encoder', 'head', 'critic'}
    assert changed[8:] == 11 * [{'encoder', 'critic'}]
    assert watch.scored == 8 * [False] + 12 * [True]
    assert not moved(weights(model.adapted.head), weights(model.network.head))
    assert model.meter.means.keys() == {'loss/critic', 'loss/encoder'}


def test_addas_source_network_keeps_its_running_statistics_in_the_second_stage() -> None:
    model = module(make('ADDA', source_share=0.01), normed=True)
    assert isinstance(model, ADDA)
    before = {name: buffer.clone() for name, buffer in model.network.named_buffers()}
    fit(model, epochs=1)
    assert all(torch.equal(buffer, before[name]) for name, buffer in model.network.named_buffers())


def test_adda_uses_few_labels_in_both_stages() -> None:
    model = module(make('ADDA'))
    fit(model, pair(shots=1), epochs=2)
    assert model.meter.means.keys() == {'loss/critic', 'loss/encoder', 'loss/shots'}


def test_the_ascent_has_the_length_asked_for_over_all_weights_together() -> None:
    gradients = [draw(3, 4, seed=1), draw(5, seed=2)]
    expected = ref.ascent([each.numpy() for each in gradients], 0.3)
    for got, step in zip(ascent(gradients, 0.3), expected, strict=True):
        torch.testing.assert_close(got, torch.from_numpy(step))
    assert all(not step.any() for step in ascent([torch.zeros(2), torch.zeros(3)], 0.3))
    with pytest.raises(ValueError, match='at least one gradient, got none'):
        ascent([], 0.3)


def test_weights_are_put_back_to_the_last_bit() -> None:
    weight = torch.nn.Parameter(draw(4, 3, seed=1).float())
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
    for ours, theirs in zip(weights(smooth), weights(plain), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)
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
    [
        ('MCD', {'steps': 0}, '`steps` of at least 1, got 0'),
        ('MCD', {'balance': -0.1}, '`balance` of at least 0'),
        ('VADA', {'source_weight': -1}, '`source_weight` of at least 0'),
        ('VADA', {'target_weight': -1}, '`target_weight` of at least 0'),
        ('VADA', {'radius': 0}, '`radius` above 0'),
        ('VADA', {'xi': 0}, '`xi` above 0'),
        ('VADA', {'domain_weight': -1}, '`weight` of at least 0'),
        ('VADA', {'decay': 1}, r'`decay` in \[0, 1\)'),
        ('DIRTT', {'source_share': 1.0}, '`source_share` between 0 and 1, got 1.0'),
        ('DIRTT', {'teacher_weight': -1}, '`teacher_weight` of at least 0'),
        ('DIRTT', {'rounds': 0}, '`rounds` of at least 1'),
        ('MME', {'temperature': 0.0}, '`temperature` above 0'),
        ('ADDA', {'source_share': 0.0}, '`source_share` between 0 and 1, got 0.0'),
        ('ADDA', {'hidden': (5, 0)}, '`hidden` sizes above 0'),
        ('ADDA', {'adversarial_lr_scale': 0}, '`adversarial_lr_scale` above 0'),
        ('SDAT', {'rho': -1}, '`rho` of at least 0'),
        ('SDAT', {'adapt_at': 'both'}, "got 'both'"),
        ('VAT', {'source_weight': -1}, '`source_weight` of at least 0'),
        ('VAT', {'radius': 0}, '`radius` above 0'),
        ('VAT', {'xi': 0}, '`xi` above 0'),
        ('VAT', {'iterations': 0}, '`iterations` of at least 1'),
    ],
)
def test_bad_arguments(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module(make(name, **options))
