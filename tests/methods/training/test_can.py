"""Contrastive adaptation: clusters of the pool, filters, class-aware batches and their alternation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import references_kernels as ker
import torch
from gaussians import Gaussians
from torch import Tensor
from toy import Toy
from training import STYLES, fit, make, module, outputs, pair, same_network, same_weights
from watching import SaveInside

from dann.core.schedules import Linear
from dann.datasets import DomainPair
from dann.engine.module import AdaptationModule
from dann.functional.clusters import Clusters
from dann.methods.training.can import CAN, alternation_ends, class_aware_draw, reliable_labels
from dann.methods.training.pseudo_labels import survey
from dann.networks.vectors import MLP
from dann.validators.infomax import InfoMax


class Counting(CAN):
    """Notes the step of every refresh."""

    listed = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seen: list[int] = []

    def refresh(self) -> None:
        self.seen.append(self.trainer.fit_loop.epoch_loop.total_batch_idx)
        super().refresh()


def can(**options: Any) -> Any:
    return module(make('CAN', **options))


def counting(**options: Any) -> Counting:
    model = can(**options)
    model.__class__, model.seen = Counting, []
    assert isinstance(model, Counting)
    return model


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'start': 1.0}, r'`start` in \[0, 1\), got 1.0'),
        ({'refreshes': 0}, '`refreshes` of at least 1, got 0'),
        ({'classes': 1}, '`classes` of at least 2, got 1'),
        ({'samples': 0}, '`samples` of at least 1, got 0'),
        ({'max_distance': 0.0}, r'`max_distance` in \(0, 1\], got 0.0'),
        ({'min_count': 0}, '`min_count` of at least 1, got 0'),
        ({'tolerance': -1.0}, '`tolerance` of at least 0, got -1.0'),
        ({'layers': ['pixels']}, 'expected `layers`'),
    ],
)
def test_bad_arguments(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        can(**options)


def test_the_defaults_are_those_of_the_authors() -> None:
    model = can()
    assert (model.weight, model.refreshes, model.classes, model.samples) == (0.3, 50, 10, 3)
    assert (model.max_distance, model.min_count, model.tolerance) == (1.0, 3, 0.001)
    assert model.layers == ('features', 'probabilities')


@pytest.mark.parametrize('max_distance', [0.1, 0.5, 1.0])
@pytest.mark.parametrize('min_count', [1, 3, 6, 100])
def test_far_samples_and_rare_classes_are_left_out(max_distance: float, min_count: int) -> None:
    rng = torch.Generator().manual_seed(0)
    classes, distances = torch.randint(5, (30,), generator=rng), torch.rand(30, generator=rng)
    distances[3] = 1.0
    got = reliable_labels(
        Clusters(classes, distances, torch.zeros(6, 2)), max_distance=max_distance, min_count=min_count
    )
    near = [max_distance == 1 or float(d) < max_distance for d in distances]
    counts = [sum(int(c) == k and n for c, n in zip(classes, near, strict=True)) for k in range(6)]
    expected = [
        int(c) if n and counts[int(c)] >= min_count else -1 for c, n in zip(classes, near, strict=True)
    ]
    assert got.tolist() == expected


def drawn(source: Tensor, target: Tensor, classes: int, samples: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    rng = torch.Generator().manual_seed(seed)
    return class_aware_draw(source, target, classes=classes, samples=samples, generator=rng)


SOURCE = torch.tensor([0, 1, 2, 3, 5, 0, 1, 2, 3, 5, 0, 1, 2, 3, 5, 3])
TARGET = torch.tensor([3, -1, 4, 1, 1, 3, 0, -1, 3, 1, 3, 4, 0, 3, 1])  # no sample of 2 and 5, two of 0


@pytest.mark.parametrize('seed', range(20))
def test_a_class_aware_batch_has_the_same_classes_from_both_domains(seed: int) -> None:
    ours, theirs = drawn(SOURCE, TARGET, 2, 3, seed)
    here, there = SOURCE[ours], TARGET[theirs]
    assert set(here.tolist()) == set(there.tolist()) <= {0, 1, 3}
    assert len(set(here.tolist())) == 2
    assert here.tolist() == sorted(here.tolist())
    assert there.tolist() == sorted(there.tolist())
    assert len(set(ours.tolist())) == len(ours) == 6
    assert len(set(theirs.tolist())) == len(theirs)
    for label in set(here.tolist()):
        assert (there == label).sum() == min(3, int((label == TARGET).sum()))


def test_every_class_and_every_sample_that_counts_is_drawn_in_time_and_as_often() -> None:
    draws = [drawn(SOURCE, TARGET, 1, 1, seed) for seed in range(900)]
    of_source, of_target = (torch.cat(each).tolist() for each in zip(*draws, strict=True))
    assert set(of_source) == {k for k, label in enumerate(SOURCE.tolist()) if label in (0, 1, 3)}
    assert set(of_target) == {k for k, label in enumerate(TARGET.tolist()) if label in (0, 1, 3)}
    shares = torch.bincount(TARGET[of_target], minlength=4) / 900
    assert shares[[0, 1, 3]].tolist() == pytest.approx([1 / 3] * 3, abs=0.06)


def test_a_draw_is_a_function_of_its_generator() -> None:
    one, same, other = (drawn(SOURCE, TARGET, 2, 2, seed) for seed in (1, 1, 2))
    assert all(map(torch.equal, one, same))
    assert not all(map(torch.equal, one, other))


@pytest.mark.parametrize('target', [[-1, -1, -1], [7, 7, 4], []])
def test_without_a_shared_class_a_draw_is_empty(target: list[int]) -> None:
    ours, theirs = drawn(SOURCE, torch.tensor(target, dtype=torch.int64), 2, 3)
    assert len(ours) == len(theirs) == 0


def turned(angle: float) -> Tensor:
    """Three directions in a plane of four dimensions, the first two turned by an angle."""
    x = torch.eye(3, 4, dtype=torch.float64)
    x[0, 0], x[0, 3] = np.cos(angle), np.sin(angle)
    x[1, 1], x[1, 3] = np.cos(angle), np.sin(angle)
    return x


@pytest.mark.parametrize(
    ('moved', 'apart', 'changed', 'ends'),
    [
        (0.0, 0.0, 0, True),
        (0.05, 0.05, 0, True),  # 2/3 of (1 - cos) / 2 is 0.0004
        (0.10, 0.05, 0, False),  # 0.0017
        (0.05, 0.10, 0, False),
        (0.0, 0.0, 1, False),  # one of 1000 samples is not below a thousandth
    ],
)
def test_the_alternation_ends_where_each_of_three_figures_is_small(
    moved: float, apart: float, changed: int, ends: bool
) -> None:
    before = torch.zeros(1000, dtype=torch.int64)
    now = before.clone()
    now[:changed] = 1
    centres = turned(moved), turned(0.0)
    assert alternation_ends((before, now), centres, turned(apart), 0.001) is ends
    assert not alternation_ends((before, now), centres, turned(apart), 0.0)


def test_a_class_without_source_samples_does_not_keep_the_alternation_going() -> None:
    same, source = torch.zeros(9, dtype=torch.int64), turned(0.0)
    source[2] = 0
    assert alternation_ends((same, same), (turned(0.0), turned(0.0)), source, 0.001)


@pytest.mark.parametrize(
    ('start', 'refreshes', 'steps'),
    [
        (0.0, 4, [0, 5, 10, 15]),
        (0.5, 2, [10, 15]),
        (0.2, 3, [4, 10, 15]),
        (0.8, 50, [16, 17, 18, 19]),
        (0.99, 50, []),
    ],
)
def test_the_pool_is_clustered_at_equal_distances_after_the_start(
    start: float, refreshes: int, steps: list[int]
) -> None:
    model = counting(start=start, refreshes=refreshes, tolerance=0.0)
    fit(model, epochs=4)
    assert model.seen == steps


def test_the_number_of_evaluations_changes_no_weight() -> None:
    rare, often = can(refreshes=3), can(refreshes=3)
    fit(rare, pair(steps_per_epoch=12), epochs=1)
    fit(often, pair(steps_per_epoch=3), epochs=4)
    assert same_weights(rare, often)


def test_before_the_start_it_trains_as_source_only() -> None:
    late, source_only = can(start=0.95), module()
    fit(late, epochs=1)  # of its five steps none comes after the start
    fit(source_only, epochs=1)
    for left, right in zip(late.network.parameters(), source_only.network.parameters(), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-4, atol=1e-5)
    assert late.meter.means['loss/contrastive'] == 0
    assert bool((late.labels == -1).all())


def test_clusters_start_from_the_centres_of_the_whole_source() -> None:
    model, data = can(start=0.0), pair()
    fit(model, data)
    data.stored = {}
    images, labels = data.source.images('train'), data.labels['train']
    with torch.no_grad():
        features = model.eval().network(torch.as_tensor(images).float() / 255).features
    model.train()
    unit = features / features.norm(dim=1, keepdim=True)
    expected = torch.stack([unit[labels == c].sum(dim=0) for c in range(3)])
    torch.testing.assert_close(model.source_centres(), expected, rtol=1e-4, atol=1e-5)
    assert model.network.training
    model.refresh()
    pool = survey(model).features.numpy().astype(np.float64)
    classes, distances = ker.spherical_clusters(features.numpy().astype(np.float64), labels.numpy(), pool)
    assert model.clusters.tolist() == classes.tolist()
    kept = reliable_labels(
        Clusters(torch.as_tensor(classes), torch.as_tensor(distances), model.centres),
        max_distance=1,
        min_count=3,
    )
    assert torch.equal(model.labels, kept)


def test_a_refresh_leaves_no_trace_in_the_network() -> None:
    model: Any = module(make('CAN', start=0.0), normed=True, batch_norm='domain_specific')
    fit(model)
    model.train()
    before = {name: value.clone() for name, value in model.network.state_dict().items()}
    model.refresh()
    assert all(torch.equal(value, before[name]) for name, value in model.network.state_dict().items())
    assert not model.centres.requires_grad


def test_a_class_aware_batch_holds_the_images_of_its_labels() -> None:
    model, data = can(start=0.0), pair()
    fit(model, data)
    images, ours, unseen, theirs = model.class_aware_batch()
    assert set(ours.tolist()) == set(theirs.tolist())
    pool = torch.cat(list(model.pool()))
    source = torch.as_tensor(data.source.images('train')).float() / 255

    def places(batch: Tensor, among: Tensor) -> Tensor:
        found = torch.cdist(batch.flatten(1), among.flatten(1)).min(dim=1)
        assert found.values.max() < 1e-3
        return found.indices

    assert torch.equal(data.labels['train'][places(images, source)], ours)
    assert torch.equal(model.labels[places(unseen, pool)], theirs)


def test_each_step_and_each_seed_has_another_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    model, data = can(start=0.0), pair()
    fit(model, data)
    one, again = model.class_aware_batch(), model.class_aware_batch()
    assert all(map(torch.equal, one, again))
    taken = model.taken
    monkeypatch.setattr(CAN, 'taken', taken + 1)
    assert not torch.equal(model.class_aware_batch()[0], one[0])
    monkeypatch.setattr(CAN, 'taken', taken)
    data.seed = 1
    assert not torch.equal(model.class_aware_batch()[0], one[0])


@pytest.mark.parametrize('batch_norm', ['joint', 'separate'])
def test_the_term_is_the_weighted_discrepancy_of_the_class_aware_batch(batch_norm: str) -> None:
    model: Any = module(make('CAN', start=0.0, weight=0.5, schedule=Linear()), batch_norm=batch_norm)
    fit(model)
    images, ours, unseen, theirs = model.class_aware_batch()
    here, there = (model.network(each) for each in (images, unseen))
    expected = 0.0
    for layer in ('features', 'probabilities'):
        left, right = (getattr(view, layer).detach().double().numpy() for view in (here, there))
        expected += ker.contrastive_discrepancy(left, right, ours.numpy(), theirs.numpy())
    loss = model.terms({}, here, None, 0.5)['contrastive']
    assert loss.item() == pytest.approx(0.5 * 0.5 * expected, rel=1e-4)
    assert loss.dtype == torch.float32


def test_domain_specific_batch_norm_takes_each_half_through_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    model: Any = module(make('CAN', start=0.0), normed=True, batch_norm='domain_specific')
    fit(model)
    assert model.deployed == 'target'
    seen: list[str] = []
    real = type(model.network).forward

    def spy(network: Any, images: Tensor, labels: Tensor | None = None, *, domain: Any = 'source') -> Any:
        seen.append(domain)
        return real(network, images, labels, domain=domain)

    monkeypatch.setattr(type(model.network), 'forward', spy)
    model.terms({}, None, None, 0.5)
    assert seen == ['source', 'target']


def test_a_style_turns_the_source_half_of_class_aware_batches() -> None:
    plain: Any = can(start=0.0)
    styled: Any = module(make('CAN', start=0.0), style=STYLES['Reinhard']())
    fit(plain)
    fit(styled)
    with torch.no_grad():
        plain.network.load_state_dict(styled.network.state_dict())
        plain.labels = styled.labels.clone()
        left, right = (model.terms({}, None, None, 0.5)['contrastive'] for model in (plain, styled))
    assert left != right


def test_clusters_that_stand_still_are_not_found_anew() -> None:
    model = counting(start=0.0, refreshes=50, tolerance=1.1)
    fit(model, epochs=4)
    assert model.seen == [0, 1]  # two are compared
    assert bool(model.still)
    assert bool((model.labels >= 0).any())
    assert model.meter.means['loss/contrastive'] != 0
    fit(model, epochs=4)
    assert model.seen == [0, 1, 0, 1]  # a new run begins anew


@pytest.mark.parametrize('options', [{'refreshes': 2}, {'refreshes': 50, 'tolerance': 1.1}])
@pytest.mark.parametrize('step', [3, 12])
def test_a_run_continued_between_two_refreshes_has_their_clusters(
    options: dict[str, Any], step: int, tmp_path: Path
) -> None:
    whole, continued = can(start=0.0, **options), module(make('CAN', start=0.0, **options), seed=5)
    fit(whole, epochs=4, callbacks=[SaveInside(tmp_path / 'inside.ckpt', step)])
    fit(continued, epochs=4, ckpt_path=tmp_path / 'inside.ckpt', weights_only=True)
    assert same_weights(whole, continued)


def test_mixed_precision_trains() -> None:
    model = can(start=0.0)
    fit(model, trainer={'precision': 'bf16-mixed'})
    assert outputs(model).isfinite().all()


def on_gaussians(kind: type[AdaptationModule], seed: int) -> tuple[float, float]:
    """Accuracy on the test splits of target and source."""
    torch.manual_seed(seed)
    data = DomainPair(
        Gaussians('a', seed), Gaussians('b', seed), batch_size=32, steps_per_epoch=150, seed=seed
    )
    model = kind(
        num_classes=3,
        backbone=MLP((64,)),
        bottleneck=32,
        image_shape=(2,),
        validators=[InfoMax()],
        optimizer=lambda parameters: torch.optim.Adam(parameters, lr=1e-3),
    )
    fit(model, data, epochs=1)
    with torch.no_grad():
        right = [
            model.eval()(torch.as_tensor(domain.images('test'))).argmax(dim=1) == domain.labels('test')
            for domain in (data.target, data.source)
        ]
    return float(right[0].float().mean()), float(right[1].float().mean())


@pytest.mark.parametrize('seed', range(4))
def test_separable_gaussians_that_shift_are_told_apart_and_the_source_is_kept(seed: int) -> None:
    source_only, (target, source) = on_gaussians(AdaptationModule, seed), on_gaussians(CAN, seed)
    assert source_only[0] < 0.95
    assert target > 0.98
    assert source > 0.98


def test_another_target_trains_another_network() -> None:
    here, elsewhere = can(), can()
    fit(here, epochs=4)
    fit(elsewhere, pair(target=Toy('c', seed=9)), epochs=4)
    assert not same_network(here, elsewhere)
