"""Kernel, moment and transport losses against the published formulas, in double precision."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import get_args

import numpy as np
import pytest
import references as ref
import references_kernels as ker
import torch
from torch import Tensor
from training import make

from dann.core.errors import UserError
from dann.core.views import View
from dann.functional.kernels import Estimator
from dann.functional.labels import labels_of
from dann.functional.layers import Layer
from dann.methods.alignment import Alignment
from dann.methods.alignment.can import CAN, contrastive_discrepancy, spherical_clusters
from dann.methods.alignment.cmd import CMD, cmd
from dann.methods.alignment.coral import coral
from dann.methods.alignment.deepjdot import DeepJDOT, joint_cost, transport_plan
from dann.methods.alignment.homm import HoMM, homm
from dann.methods.alignment.jmmd import JMMD, jmmd
from dann.methods.alignment.lmmd import LMMD, lmmd
from dann.methods.alignment.mmd import MMD, mmd
from dann.methods.alignment.sliced_wasserstein import SlicedWasserstein, sliced_wasserstein

SHAPES = [((9, 4), (5, 4)), ((2, 1), (3, 1)), ((12, 7), (15, 7))]
CLASSES = 3
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


def views(shapes: Shapes = SHAPES[0]) -> tuple[View, View]:
    """Both domains as a network sees them, with two hidden layers and source labels."""
    source, target = (
        View(
            features,
            2 * draw(len(features), CLASSES, seed=3 + side),
            hidden=tuple(draw(len(features), width, seed=5 + side + width) for width in (6, 2)),
        )
        for side, features in enumerate(pair(shapes))
    )
    labels = torch.arange(len(source)) % CLASSES
    return View(source.features, source.logits, labels, source.hidden), target


@estimators
def test_mmd_keeps_its_digits_far_from_the_origin(estimator: Estimator) -> None:
    near = [(domain / domain.std()).float() + 1000 for domain in pair(((40, 16), (30, 16)))]
    exact = [domain.double().requires_grad_() for domain in near]
    rough = [domain.requires_grad_() for domain in near]
    expected = torch.autograd.grad(mmd(exact[0], exact[1], estimator=estimator), exact)
    got = torch.autograd.grad(mmd(rough[0], rough[1], estimator=estimator), rough)
    for ours, theirs in zip(got, expected, strict=True):
        assert float((ours - theirs).norm() / theirs.norm()) < 1e-4


@estimators
def test_mmd_of_several_layers_is_the_sum(estimator: Estimator) -> None:
    source, target = views()
    layers = [
        (source.features, target.features),
        *zip(source.hidden, target.hidden, strict=True),
        (source.probabilities, target.probabilities),
    ]
    expected = sum(ref.mmd(ours.numpy(), theirs.numpy(), estimator) for ours, theirs in layers)
    method = MMD(layers=('features', 'hidden', 'probabilities'), estimator=estimator)
    assert method(source, target, 0.5)['mmd'].item() == pytest.approx(0.5 * expected, rel=1e-9)
    single = ref.mmd(source.features.numpy(), target.features.numpy(), estimator)
    assert MMD(estimator=estimator)(source, target, 1.0)['mmd'].item() == pytest.approx(single, rel=1e-9)


@pytest.mark.parametrize('layers', [(), ('features', 'features'), ('pixels',)])
def test_layers_are_named_and_differ(layers: tuple[Layer, ...]) -> None:
    with pytest.raises(ValueError, match=r"different ones of \('features', .*, got \("):
        MMD(layers=layers)


def test_a_head_without_hidden_layers_is_named() -> None:
    view = View(draw(5, 4), draw(5, 3))
    with pytest.raises(ValueError, match='classifier with hidden layers, got none'):
        MMD(layers=('hidden',))(view, view, 1.0)


@shapes
@estimators
@pytest.mark.parametrize('variance', [0.84, None])
def test_jmmd(shapes: Shapes, estimator: Estimator, variance: float | None) -> None:
    source, target = views(shapes)
    sources, targets = ([view.features.numpy(), view.probabilities.numpy()] for view in (source, target))
    expected = ker.jmmd(sources, targets, [None, variance], estimator)
    got = JMMD(estimator=estimator, variance=variance)(source, target, 0.5)
    assert got['jmmd'].item() == pytest.approx(0.5 * expected, rel=1e-9, abs=1e-13)


@estimators
def test_jmmd_of_one_layer_is_mmd(estimator: Estimator) -> None:
    source, target = views()
    alone = JMMD(layers=('features',), estimator=estimator)(source, target, 1.0)['jmmd']
    torch.testing.assert_close(alone, mmd(source.features, target.features, estimator=estimator))


def test_jmmd_sees_a_shift_of_the_joint_that_no_layer_shows() -> None:
    # the same features and the same predictions, paired the other way round
    features, rows = draw(40, 4, seed=1), torch.eye(2, dtype=torch.float64)[torch.arange(40) // 20]
    features[:20] += 3
    assert float(jmmd([features, rows], [features, rows.flip(0)], estimator='biased')) > 0.5
    for layer, other in ((features, features), (rows, rows.flip(0))):
        assert float(mmd(layer, other, estimator='biased')) == pytest.approx(0, abs=1e-12)


def test_unbiased_jmmd_averages_to_zero_over_draws_of_one_distribution() -> None:
    draws = [
        float(
            jmmd(*([draw(9, 4, seed=side + seed), draw(9, 3, seed=99 + side + seed)] for side in (0, 7000)))
        )
        for seed in range(200)
    ]
    assert abs(sum(draws) / 200) < 4 * torch.tensor(draws).std() / 200**0.5


@shapes
@pytest.mark.parametrize('predicted', [False, True])
def test_lmmd(shapes: Shapes, predicted: bool) -> None:
    source, target = views(shapes)
    labels = labels_of(source)
    expected = ker.lmmd(
        source.features.numpy(),
        target.features.numpy(),
        labels.numpy(),
        target.probabilities.numpy(),
        predicted=predicted,
    )
    got = LMMD(predicted=predicted)(source, target, 0.5)['lmmd']
    assert got.item() == pytest.approx(0.5 * expected, rel=1e-9)


def test_lmmd_of_one_class_is_biased_mmd_and_of_equal_classes_zero() -> None:
    source, target = pair(SHAPES[0])
    ones = torch.zeros(len(source), dtype=torch.long), torch.ones(len(target), 1, dtype=torch.float64)
    torch.testing.assert_close(lmmd(source, target, *ones), mmd(source, target, estimator='biased'))
    labels = torch.arange(len(source)) % CLASSES
    one_hot = torch.nn.functional.one_hot(labels, CLASSES).double()
    assert float(lmmd(source, source, labels, one_hot)) == pytest.approx(0, abs=1e-12)
    assert float(lmmd(source, source, labels, one_hot.roll(1, dims=1))) > 0.1


def test_lmmd_without_a_common_class_is_zero_and_attached() -> None:
    source, target = (domain.requires_grad_() for domain in pair(SHAPES[0]))
    labels = torch.zeros(len(source), dtype=torch.long)
    elsewhere = torch.tensor([[0.1, 0.9]], dtype=torch.float64).expand(len(target), 2)
    value = lmmd(source, target, labels, elsewhere, predicted=True)
    assert value.item() == 0
    assert all(grad.abs().max() == 0 for grad in torch.autograd.grad(value, [source, target]))


def test_lmmd_weights_are_held_constant() -> None:
    source, target = views()
    logits = target.logits.clone().requires_grad_()
    features = target.features.clone().requires_grad_()
    value = LMMD()(source, View(features, logits), 1.0)['lmmd']
    by_features, by_logits = torch.autograd.grad(value, [features, logits], allow_unused=True)
    assert by_features.abs().max() > 0
    assert by_logits is None


@pytest.mark.parametrize('name', ['CAN', 'DeepJDOT', 'LMMD'])
def test_an_unlabelled_source_is_named(name: str) -> None:
    source, target = views()
    with pytest.raises(ValueError, match='expected a labelled source view, got `labels` of None'):
        make(name)(View(source.features, source.logits), target, 1.0)


@shapes
@pytest.mark.parametrize(('moments', 'interval'), [(5, None), (3, 2.0), (1, 1.0)])
@pytest.mark.parametrize('squash', [True, False])
def test_cmd(shapes: Shapes, moments: int, interval: float | None, squash: bool) -> None:
    source, target = views(shapes)
    domains = [
        np.tanh(view.features.numpy()) if squash else view.features.numpy() for view in (source, target)
    ]
    expected = ker.cmd(domains[0], domains[1], moments, interval)
    got = CMD(moments=moments, interval=interval, squash=squash)(source, target, 0.5)['cmd']
    assert got.item() == pytest.approx(0.5 * expected, rel=1e-9)


def test_cmd_is_a_metric_blind_to_joint_scale_and_shift() -> None:
    source, target = pair(SHAPES[0])
    value = cmd(source, target)
    torch.testing.assert_close(cmd(target, source), value)
    torch.testing.assert_close(cmd(7 * source + 3, 7 * target + 3), value)
    assert float(cmd(source, source)) == 0
    shuffled = torch.stack([source[:, 0].roll(1), *source.T[1:]], dim=1)
    assert float(cmd(source, shuffled)) == pytest.approx(0, abs=1e-12)


def test_cmd_between_equal_or_constant_domains_has_a_finite_gradient() -> None:
    sample = draw(5, 4, grad=True)
    for domain in (sample, sample * 0 + 1):
        (grad,) = torch.autograd.grad(cmd(domain, domain.detach()), sample)
        assert grad.isfinite().all()


@shapes
@pytest.mark.parametrize(('order', 'centre'), [(1, False), (2, True), (3, True), (3, False), (4, True)])
@pytest.mark.parametrize('squash', [True, False])
def test_homm(shapes: Shapes, order: int, centre: bool, squash: bool) -> None:
    source, target = views(shapes)
    domains = [
        np.tanh(view.features.numpy()) if squash else view.features.numpy() for view in (source, target)
    ]
    expected = ker.homm(domains[0], domains[1], order, centre=centre)
    got = HoMM(order=order, centre=centre, squash=squash)(source, target, 0.5)['homm']
    assert got.item() == pytest.approx(0.5 * expected, rel=1e-9)


@pytest.mark.parametrize('order', [2, 3, 5])
def test_sampled_entries_estimate_the_mean_over_all(order: int) -> None:
    torch.manual_seed(0)
    source, target = pair(SHAPES[0])
    exact, rough = (homm(source, target, order=order, samples=samples) for samples in (None, 40_000))
    assert float(rough) == pytest.approx(float(exact), rel=0.1)
    again = homm(source, target, order=order, samples=40_000)
    assert not torch.equal(rough, again)


def test_homm_of_order_two_is_coral_and_blind_to_shifts() -> None:
    source, target = draw(8, 4, seed=1), 2 * draw(8, 4, seed=2)
    # CORAL divides by n - 1 and by 4 D^2
    torch.testing.assert_close(homm(source, target, order=2), 4 * (7 / 8) ** 2 * coral(source, target))
    torch.testing.assert_close(homm(source + 3, target - 2), homm(source, target))
    torch.testing.assert_close(homm(target, source), homm(source, target))
    assert float(homm(source, source)) == pytest.approx(0, abs=1e-12)


def test_homm_refuses_a_first_moment_without_a_mean() -> None:
    with pytest.raises(ValueError, match='`order` of at least 2 where `centre` is True, got 1'):
        HoMM(order=1)


def directions(count: int, width: int) -> Tensor:
    return torch.nn.functional.normalize(draw(count, width, seed=8), dim=1)


@pytest.mark.parametrize('shapes', [*SHAPES, ((1, 3), (6, 3)), ((6, 2), (4, 2)), ((5, 2), (5, 2))])
def test_sliced_wasserstein(shapes: Shapes) -> None:
    source, target = pair(shapes)
    along = directions(6, shapes[0][1])
    expected = ker.sliced_wasserstein(source.numpy(), target.numpy(), along.numpy())
    assert float(sliced_wasserstein(source, target, along)) == pytest.approx(expected, rel=1e-9)
    assert float(sliced_wasserstein(target, source, along)) == pytest.approx(expected, rel=1e-9)


def test_sliced_wasserstein_of_a_shift_is_its_mean_square_along_the_directions() -> None:
    source, along = draw(9, 4), directions(6, 4)
    shift = torch.tensor([1.0, -2.0, 0.0, 3.0], dtype=torch.float64)
    torch.testing.assert_close(
        sliced_wasserstein(source, source.flip(0) + shift, along), (along @ shift).square().mean()
    )
    doubled = torch.cat([source, source])
    assert float(sliced_wasserstein(source, doubled, along)) == pytest.approx(0, abs=1e-12)


def test_sliced_wasserstein_draws_unit_directions_at_every_step() -> None:
    view = View(draw(9, 16), draw(9, 3))
    moved = View(view.features + 3, view.logits)
    torch.manual_seed(0)
    many = SlicedWasserstein(projections=4000)(view, moved, 1.0)['sliced_wasserstein']
    assert many.item() == pytest.approx(9, rel=0.1)  # |shift|^2 / D
    method = SlicedWasserstein(projections=2)
    one, other = (method(view, moved, 1.0)['sliced_wasserstein'] for _ in range(2))
    assert not torch.equal(one, other)


def test_directions_of_another_width_are_named() -> None:
    with pytest.raises(ValueError, match=r'directions of shape \(P, 4\), got \(6, 3\)'):
        sliced_wasserstein(draw(9, 4), draw(5, 4), directions(6, 3))


@pytest.mark.parametrize('shapes', [((5, 4), (5, 4)), ((2, 3), (4, 3)), ((2, 3), (3, 3)), ((1, 2), (4, 2))])
@pytest.mark.parametrize(('alpha', 'lambda_t'), [(0.001, 0.0001), (0.5, 2.0), (0.0, 1.0)])
def test_deepjdot(shapes: Shapes, alpha: float, lambda_t: float) -> None:
    source, target = views(shapes)
    cost = ker.deepjdot_cost(
        source.features.numpy(),
        labels_of(source).numpy(),
        target.features.numpy(),
        target.logits.numpy(),
        alpha,
        lambda_t,
    )
    got = DeepJDOT(alpha=alpha, lambda_t=lambda_t)(source, target, 0.5)['deepjdot']
    assert got.item() == pytest.approx(0.5 * ker.cheapest_transport(cost), rel=1e-9)


def test_the_transport_plan_is_detached_and_moves_all_mass() -> None:
    cost = draw(9, 5).square().requires_grad_()
    plan = transport_plan(cost)
    assert not plan.requires_grad
    assert plan.min() >= 0
    torch.testing.assert_close(plan.sum(dim=1), plan.new_full((9,), 1 / 9))
    torch.testing.assert_close(plan.sum(dim=0), plan.new_full((5,), 1 / 5))
    (grad,) = torch.autograd.grad((plan * cost).sum(), cost)
    torch.testing.assert_close(grad, plan)


def test_deepjdot_moves_nothing_between_equal_confident_domains() -> None:
    labels = torch.arange(6) % CLASSES
    source = View(draw(6, 4), 100 * torch.nn.functional.one_hot(labels, CLASSES).double(), labels)
    target = View(source.features.flip(0), source.logits.flip(0))
    assert DeepJDOT()(source, target, 1.0)['deepjdot'].item() == pytest.approx(0, abs=1e-12)


def test_a_missing_solver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'ot', None)
    with pytest.raises(UserError, match=r"needs the package POT; pip install -e '\.\[ot\]'"):
        transport_plan(draw(2, 2))


def test_a_diverged_cost_is_named() -> None:
    with pytest.raises(ValueError, match='finite transport cost, got inf or nan'):
        transport_plan(draw(2, 2) / 0)


def members(labels: Tensor) -> Tensor:
    """One-hot rows; a row of zeros for a label of -1."""
    return torch.nn.functional.one_hot(labels + 1, CLASSES + 1)[:, 1:]


@pytest.mark.parametrize(
    'theirs', [(0, 1, 2, 0, 1), (0, 0, -1, 1, -1), (2, 2, 2, 2, 2), (-1, -1, -1, -1, -1)]
)
@pytest.mark.parametrize('ours', [(0, 1, 2, 0, 1, 2, 0, 1, 2), (2, 2, 2, 2, 2, 2, 2, 0, 2)])
def test_contrastive_discrepancy(ours: tuple[int, ...], theirs: tuple[int, ...]) -> None:
    source, target = pair(SHAPES[0])
    labels = torch.tensor(ours), torch.tensor(theirs)
    expected = ker.contrastive_discrepancy(
        source.numpy(), target.numpy(), labels[0].numpy(), labels[1].numpy()
    )
    got = contrastive_discrepancy(source, target, *(members(each) for each in labels))
    assert float(got) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize('seed', range(4))
def test_spherical_clusters(seed: int) -> None:
    source, target = draw(12, 3, seed=seed) + 0.5, draw(25, 3, seed=9 + seed)
    labels = 2 * (torch.arange(12) % 2)  # class 1 has no source sample
    classes, distances = spherical_clusters(source, members(labels), target, iterations=40)
    expected = ker.spherical_clusters(source.numpy(), labels.numpy(), target.numpy())
    assert classes.tolist() == expected[0].tolist()
    np.testing.assert_allclose(distances.numpy(), expected[1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(('max_distance', 'min_count'), [(1.0, 1), (0.2, 1), (1.0, 2)])
def test_can(max_distance: float, min_count: int) -> None:
    source, target = views(((9, 4), (8, 4)))
    labels = labels_of(source).numpy()
    found, distances = ker.spherical_clusters(source.features.numpy(), labels, target.features.numpy())
    found = np.where(distances <= max_distance, found, -1)
    found = np.array([c if (found == c).sum() >= min_count else -1 for c in found])
    layers = [(view.features.numpy(), view.probabilities.numpy()) for view in (source, target)]
    expected = sum(
        ker.contrastive_discrepancy(ours, theirs, labels, found) for ours, theirs in zip(*layers, strict=True)
    )
    got = CAN(max_distance=max_distance, min_count=min_count)(source, target, 0.5)['can']
    assert got.item() == pytest.approx(0.5 * expected, rel=1e-9)


def test_contrastive_discrepancy_is_lowest_where_classes_meet() -> None:
    labels = torch.arange(30) % CLASSES
    blobs = 0.1 * draw(30, 4) + 3 * torch.eye(4, dtype=torch.float64)[labels]
    met, missed = (
        float(contrastive_discrepancy(blobs, blobs, members(labels), members(others)))
        for others in (labels, (labels + 1) % CLASSES)
    )
    assert met < 0 < missed
    classes, distances = spherical_clusters(blobs, members(labels), 2 * blobs.flip(0))
    assert torch.equal(classes, labels.flip(0))
    assert distances.max() < 0.05


def test_can_without_a_class_that_counts_is_zero_and_attached() -> None:
    source, target = views()
    target = View(target.features.requires_grad_(), target.logits.requires_grad_())
    value = CAN(min_count=100)(source, target, 1.0)['can']
    assert value.item() == 0
    grads = torch.autograd.grad(value, [target.features, target.logits])
    assert all(grad.abs().max() == 0 for grad in grads)


def test_can_of_features_that_are_zero_is_finite() -> None:
    zeros = torch.zeros(5, 4, dtype=torch.float64, requires_grad=True)
    view = View(zeros, draw(5, CLASSES), torch.arange(5) % CLASSES)
    value = CAN()(view, View(view.features, view.logits), 1.0)['can']
    assert torch.autograd.grad(value, zeros)[0].isfinite().all()


def test_an_empty_cluster_keeps_its_centre() -> None:
    source = torch.eye(2, dtype=torch.float64)
    target = torch.tensor([[1.0, 0.1], [1.0, -0.1], [-0.64, -0.77]], dtype=torch.float64)
    classes, _ = spherical_clusters(source, torch.eye(2), target)
    # the third sample is far from both centres, but farther from the second
    assert classes.tolist() == [0, 0, 0]


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    'biased mmd': lambda s, t: mmd(s, t, estimator='biased'),
    'linear mmd': lambda s, t: mmd(s, t, estimator='linear'),
    'jmmd': lambda s, t: jmmd([s, s.softmax(dim=1)], [t, t.softmax(dim=1)], variances=[None, 0.84]),
    'lmmd': lambda s, t: lmmd(s, t, torch.arange(len(s)) % CLASSES, draw(len(t), CLASSES).softmax(dim=1)),
    'cmd': lambda s, t: cmd(s, t, interval=4.0),
    'homm': homm,
    'homm of order 4': lambda s, t: homm(s, t, order=4, centre=False),
    'sliced wasserstein': lambda s, t: sliced_wasserstein(s, t, directions(6, s.shape[1])),
    'cost': lambda s, t: joint_cost(s, torch.arange(len(s)) % CLASSES, t, t, alpha=0.5, lambda_t=2.0),
    'cdd': lambda s, t: contrastive_discrepancy(
        s, t, members(torch.arange(len(s)) % CLASSES), members(torch.arange(len(t)) % 2)
    ),
}


@pytest.mark.parametrize('name', LOSSES)
def test_gradients(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # the bandwidth is held constant in the gradient; so that differences see no other function, it is here too
    for module in ('methods.alignment.jmmd', 'functional.kernels', 'methods.alignment.mmd'):
        constant = f'dann.{module}.mean_distance'
        monkeypatch.setattr(constant, lambda pooled: pooled.new_tensor(6.0))
    inputs = draw(7, 4, seed=1, grad=True), draw(5, 4, seed=2, grad=True)
    assert torch.autograd.gradcheck(LOSSES[name], inputs)


@pytest.mark.parametrize('name', ['CAN', 'CMD', 'DeepJDOT', 'HoMM', 'LMMD', 'SlicedWasserstein'])
@pytest.mark.parametrize('sizes', [(1, 1), (1, 4), (4, 1)])
def test_one_sample_or_one_class_is_finite(name: str, sizes: tuple[int, int]) -> None:
    features = [draw(size, 4, seed=size, grad=True) for size in sizes]
    source = View(features[0], draw(sizes[0], CLASSES), torch.ones(sizes[0], dtype=torch.long))
    method = make(name)
    assert isinstance(method, Alignment)
    (value,) = method(source, View(features[1], draw(sizes[1], CLASSES)), 1.0).values()
    grads = torch.autograd.grad(value, features)
    assert all(grad.isfinite().all() for grad in (value, *grads))


WRONG: list[tuple[str, str, object]] = [
    ('CAN', 'max_distance', 0.0),
    ('CMD', 'interval', 0.0),
    ('DeepJDOT', 'alpha', -1.0),
    ('HoMM', 'samples', 0),
    ('JMMD', 'variance', 0.0),
    ('LMMD', 'scales', ()),
    ('MMD', 'estimator', 'quadratic'),
    ('SlicedWasserstein', 'projections', 0),
]


@pytest.mark.parametrize(('name', 'option', 'value'), WRONG)
def test_options_out_of_range_are_named(name: str, option: str, value: object) -> None:
    with pytest.raises(ValueError, match=f'expected `{option}`'):
        make(name, **{option: value})
