"""What every method owes, for all that are found."""

from __future__ import annotations

import inspect
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
import torch
from jsonargparse import ArgumentParser
from torch import Tensor
from toy import Toy
from training import (
    ALIGNMENTS,
    METHODS,
    STAGED,
    STYLES,
    TRAINING,
    WEIGHTED,
    fit,
    make,
    module,
    outputs,
    pair,
    same_network,
)

from dann.core.frozen import thawed
from dann.core.views import View
from dann.methods.alignment import Alignment, Losses
from dann.methods.style import Style

CLASSES, WIDTH = 3, 4
HEAD = torch.tensor([[1, -2, 0.5], [0.5, 1, -1], [-1, 0.5, 2], [2, -0.5, 1]], dtype=torch.float64)


def alignment(name: str, **options: object) -> Alignment:
    torch.manual_seed(0)
    method = make(name, **options)
    assert isinstance(method, Alignment)
    method.build(WIDTH, CLASSES)
    return method.double()


CRITICS = [name for name in ALIGNMENTS if hasattr(alignment(name), 'critic')]


def style(name: str, **options: object) -> Style:
    torch.manual_seed(0)
    method = make(name, **options)
    assert isinstance(method, Style)
    method.build(CLASSES)
    return method


ON_IMAGES = [name for name, kind in STYLES.items() if kind.on_images]
LEARNED = [name for name in STYLES if any(True for _ in style(name).parameters())]


def view(size: int, *, seed: int, shift: float = 0.0, labels: bool = False) -> View:
    rng = torch.Generator().manual_seed(seed)
    features = (torch.randn(size, WIDTH, generator=rng, dtype=torch.float64) + shift).requires_grad_()
    return View(features, features @ HEAD, torch.randint(CLASSES, (size,), generator=rng) if labels else None)


def terms_of(method: Alignment, source: View, target: View, strength: float) -> Losses:
    torch.manual_seed(0)
    return method(source, target, strength)


def into_features(loss: Tensor, *views: View) -> Tensor:
    """Gradient into the features of the given views, one below the other."""
    features = [view.features for view in views]
    return torch.cat(torch.autograd.grad(loss, features, retain_graph=True, materialize_grads=True))


def gradient(method: Alignment, source: View, target: View, strength: float) -> Tensor:
    loss = sum(terms_of(method, source, target, strength).values(), torch.tensor(0.0))
    return into_features(loss, source, target)


@pytest.mark.parametrize('name', ALIGNMENTS)
@pytest.mark.parametrize('sizes', [(7, 5), (5, 7), (8, 8), (2, 3)])
def test_terms_are_finite_differentiable_scalars(name: str, sizes: tuple[int, int]) -> None:
    source, target = view(sizes[0], seed=0, labels=True), view(sizes[1], seed=1, shift=0.5)
    method = alignment(name)
    for term, value in method(source, target, 0.5).items():
        assert value.ndim == 0, term
        assert value.isfinite(), term
        assert value.dtype == torch.float64, term
        assert into_features(value, source, target).isfinite().all(), term


@pytest.mark.parametrize('name', ALIGNMENTS)
def test_the_loss_depends_on_the_target_batch(name: str) -> None:
    # by its value or, where that is constant by design, by its gradient
    source, method = view(7, seed=0, labels=True), alignment(name)
    batches = view(5, seed=1), view(5, seed=1, shift=2.0)
    near, far = (terms_of(method, source, target, 1.0) for target in batches)
    assert any((near[term] - far[term]).abs() > 1e-6 for term in near) or any(
        into_features(value, batches[0]).abs().max() > 0 for value in near.values()
    )


@pytest.mark.parametrize('name', ALIGNMENTS)
def test_strength_zero_sends_no_gradient_into_features(name: str) -> None:
    method = alignment(name, weight=0.0)
    source, target = view(7, seed=0, labels=True), view(5, seed=1, shift=0.5)
    assert gradient(method, source, target, method.strength(1.0)).abs().max() == 0


@pytest.mark.parametrize('name', [name for name in ALIGNMENTS if name != 'Together'])
def test_strength_scales_the_gradient_into_features(name: str) -> None:
    method = alignment(name)
    source, target = view(7, seed=0, labels=True), view(5, seed=1, shift=0.5)
    full, half = (gradient(method, source, target, strength) for strength in (1.0, 0.5))
    assert full.abs().max() > 0
    torch.testing.assert_close(half, full / 2)


@pytest.mark.parametrize('name', CRITICS)
def test_features_climb_where_the_critic_descends_and_the_critic_learns_at_full_rate(name: str) -> None:
    method = alignment(name)
    source, target = view(7, seed=0, labels=True), view(5, seed=1, shift=0.5)

    def facing(moved: View, strength: float) -> Tensor:
        """The terms that reach the features: a critic may be regularised by others."""
        terms = terms_of(method, moved, target, strength).values()
        return torch.stack([term for term in terms if into_features(term, target).any()]).sum()

    def critic(strength: float) -> tuple[Tensor, ...]:
        total = torch.stack(list(terms_of(method, source, target, strength).values())).sum()
        return torch.autograd.grad(total, list(method.parameters()), materialize_grads=True)

    reversed_, straight = (
        into_features(facing(source, strength), source, target) for strength in (1.0, -1.0)
    )
    torch.testing.assert_close(reversed_, -straight)
    for full, slow in zip(critic(1.0), critic(0.01), strict=True):
        assert full.abs().max() > 0 or full.numel() == 1  # an output's bias may cancel between the domains
        torch.testing.assert_close(full, slow)
    moved = replace(source, features=source.features - 1e-3 * reversed_[: len(source)])
    assert facing(moved, 1.0) > facing(source, 1.0)


@pytest.mark.parametrize('name', CRITICS)
def test_a_critic_starts_near_chance_and_learns_a_separable_pair(name: str) -> None:
    method = alignment(name)
    source, alike, target = view(64, seed=0), view(64, seed=1), view(64, seed=1, shift=4.0)
    chance = {key: value for key, value in method.diagnose(source, alike).items() if 'accuracy' in key}
    assert chance, "expected the critic's accuracy among the figures"
    assert all(0.3 < value < 0.7 for value in chance.values())
    optimizer = torch.optim.Adam(method.parameters(), lr=0.01)
    for _ in range(100):
        optimizer.zero_grad()
        torch.stack(list(method(source, target, 0.0).values())).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    figures = method.diagnose(source, target)
    assert all(figures[key] > 0.98 for key in chance)


@pytest.mark.slow
@pytest.mark.parametrize('name', WEIGHTED)
def test_weight_zero_and_weight_one_train_different_networks(name: str) -> None:
    off, on = module(make(name, weight=0.0)), module(make(name, weight=1.0))
    fit(off, epochs=4)
    fit(on, epochs=4)
    assert not same_network(off, on)


@pytest.mark.parametrize('name', TRAINING)
def test_training_differs_from_source_only_after_twenty_steps_and_depends_on_the_target(name: str) -> None:
    here, elsewhere, source_only = module(make(name)), module(make(name)), module()
    fit(here, epochs=4)
    fit(elsewhere, pair(target=Toy('c', seed=9)), epochs=4)
    fit(source_only, epochs=4)
    assert not torch.equal(outputs(here), outputs(source_only))
    # what trains across sources, for any target, may not depend on the one that is there
    assert torch.equal(outputs(here), outputs(elsewhere)) is TRAINING[name].generalises


@pytest.mark.parametrize('name', TRAINING)
def test_training_copes_with_batch_norm_and_an_alignment_and_a_style(name: str) -> None:
    for batch_norm in ('joint', 'separate', 'domain_specific'):
        model = module(
            make(name),
            normed=True,
            batch_norm=batch_norm,
            alignment=ALIGNMENTS['CORAL'](),
            style=STYLES['Reinhard'](),
        )
        fit(model, epochs=2)
        assert all(value.isfinite().all() for value in model.state_dict().values())
        assert torch.equal(outputs(deepcopy(model)), outputs(model))


# two classifiers of their own teach the features whatever they say about the target
OWN_CLASSIFIERS = ('MCD',)


@pytest.mark.parametrize('name', [name for name in WEIGHTED if name not in (*STAGED, *OWN_CLASSIFIERS)])
def test_weight_zero_trains_the_source_only_network(name: str) -> None:
    # joint batches are summed in another order than source batches alone, hence the tolerance; without the batch
    # norm or the tanh that a method brings along, source-only would be another network
    plain: dict[str, Any] = {'bottleneck_norm': 'none', 'bottleneck_activation': 'relu'}
    off, source_only = module(make(name, weight=0.0), **plain), module()
    fit(off, epochs=4)
    fit(source_only, epochs=4)
    for left, right in zip(off.network.parameters(), source_only.network.parameters(), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('name', ALIGNMENTS)
def test_copies_and_saved_states_give_the_same_loss(name: str) -> None:
    source, target = view(7, seed=0, labels=True), view(5, seed=1)
    method = alignment(name)
    copied, loaded = deepcopy(method), alignment(name)
    loaded.load_state_dict(method.state_dict())
    for twin in (copied, loaded):
        right = terms_of(twin, source, target, 0.5)
        for term, value in terms_of(method, source, target, 0.5).items():
            assert torch.equal(value, right[term])


@pytest.mark.parametrize('name', ALIGNMENTS)
def test_bfloat16_features_are_compared_in_float32(name: str) -> None:
    source, target = view(32, seed=0, labels=True), view(32, seed=1, shift=0.3)
    method = alignment(name).float()
    narrow = source.to('cpu', torch.bfloat16), target.to('cpu', torch.bfloat16)
    torch.manual_seed(0)
    exact = method(narrow[0].to('cpu', torch.float32), narrow[1].to('cpu', torch.float32), 1.0)
    torch.manual_seed(0)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        under = method(narrow[0], narrow[1], 1.0)
    for term, value in exact.items():
        assert value.dtype == torch.float32, term
        assert torch.equal(under[term], value), term


@pytest.mark.parametrize('name', ALIGNMENTS)
def test_constant_features_are_finite(name: str) -> None:
    features = torch.ones(6, WIDTH, dtype=torch.float64, requires_grad=True)
    same = View(features, features @ HEAD)
    labelled = View(features, same.logits, torch.arange(6) % CLASSES)
    method = alignment(name)
    for term, value in method(labelled, same, 1.0).items():
        assert value.isfinite(), term
        assert into_features(value, same).isfinite().all(), term


@pytest.mark.filterwarnings(
    'ignore::DeprecationWarning'
)  # the successor is newer than the oldest jsonargparse
@pytest.mark.parametrize('name', ALIGNMENTS)
def test_rows_and_search_name_what_can_be_made(name: str) -> None:
    kind = ALIGNMENTS[name]
    parser = ArgumentParser(exit_on_error=False)
    parser.add_argument('--alignment', type=Alignment)
    for row in kind.rows.values():
        if 'alignment' in row:
            made = parser.instantiate_classes(parser.parse_object({'alignment': thawed(row['alignment'])}))
            assert isinstance(made['alignment'], (kind, ALIGNMENTS['Together']))
    assert kind.search.keys() <= inspect.signature(kind).parameters.keys()


@pytest.mark.parametrize('name', ON_IMAGES)
def test_styles_keep_shape_range_and_the_labels_images(name: str) -> None:
    rng = torch.Generator().manual_seed(0)
    source, target = torch.rand(5, 3, 9, 12, generator=rng), torch.rand(3, 3, 9, 12, generator=rng) ** 2
    method = style(name)
    styled = method(source, target, 1.0)
    assert styled.shape == source.shape
    assert 0 <= styled.min() <= styled.max() <= 1
    assert not torch.equal(styled, source)
    assert not styled.requires_grad
    with torch.autocast('cpu', dtype=torch.bfloat16):
        torch.manual_seed(1)
        under = method(source, target, 1.0)
    torch.manual_seed(1)
    assert torch.equal(under, method(source, target, 1.0))


@pytest.mark.parametrize('name', STYLES)
def test_styles_are_the_identity_at_strength_zero(name: str) -> None:
    source = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 0.9 + 0.05
    assert torch.equal(style(name)(source, 1 - source, 0.0), source)


@pytest.mark.parametrize('name', [name for name in ON_IMAGES if name not in LEARNED])
def test_styles_that_are_not_learned_are_the_identity_between_equal_domains(name: str) -> None:
    source = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 0.9 + 0.05
    torch.testing.assert_close(style(name)(source, source, 1.0), source, rtol=0, atol=1e-4)


@pytest.mark.parametrize('name', ON_IMAGES)
def test_styles_refuse_images_of_another_shape(name: str) -> None:
    with pytest.raises(
        ValueError, match=r'\(Bs, C, H, W\) and \(Bt, C, H, W\), got \(2, 3, 8, 8\) and \(2, 3, 9, 9\)'
    ):
        style(name)(torch.rand(2, 3, 8, 8), torch.rand(2, 3, 9, 9), 1.0)


@pytest.mark.parametrize('name', LEARNED)
@pytest.mark.parametrize('sizes', [(5, 3), (1, 1), (2, 7)])
def test_learned_styles_train_all_their_parameters_and_nothing_else(
    name: str, sizes: tuple[int, int]
) -> None:
    rng = torch.Generator().manual_seed(0)
    source, target = (torch.rand(size, 3, 9, 12, generator=rng) for size in sizes)
    method = style(name)
    labels = torch.arange(len(source)) % CLASSES
    for width in (torch.float32, torch.float64):
        images = [batch.to(width).requires_grad_() for batch in (source, target)]
        torch.manual_seed(0)
        terms = method.to(width).losses(images[0], labels, images[1], 0.0)
        assert all(value.ndim == 0 and value.isfinite() and value.dtype == width for value in terms.values())
    trained = [parameter for parameter in method.parameters() if parameter.requires_grad]
    for parameter, gradient in zip(
        trained, torch.autograd.grad(torch.stack(list(terms.values())).sum(), trained), strict=True
    ):
        assert gradient.isfinite().all(), parameter.shape
    assert dict(method.scaled()).keys() == set(method.parameters())


@pytest.mark.parametrize('name', LEARNED)
def test_copies_and_saved_states_of_learned_styles_go_on_alike(name: str) -> None:
    rng = torch.Generator().manual_seed(0)
    source, target = (torch.rand(5, 3, 8, 8, generator=rng) for _ in range(2))
    labels, method = torch.arange(5) % CLASSES, style(name)
    method.losses(source, labels, target, 0.0)
    copied, loaded = deepcopy(method), style(name)
    loaded.load_state_dict(method.state_dict())
    torch.manual_seed(1)
    expected = method.losses(source, labels, target, 0.5)
    for twin in (copied, loaded):
        torch.manual_seed(1)
        terms = twin.losses(source, labels, target, 0.5)
        assert all(torch.equal(terms[key], value) for key, value in expected.items())


@pytest.mark.parametrize('name', [name for name in METHODS if name != 'Together'])
def test_docstrings_cite_their_source_and_families_are_named(name: str) -> None:
    kind: Any = (ALIGNMENTS | STYLES | TRAINING)[name]
    assert 'Reference:' in (inspect.getdoc(kind) or '')
    assert kind.family not in ('', 'alignment')
    assert (inspect.getdoc(kind) or '').splitlines()[0].endswith('.')


@pytest.mark.parametrize('name', [name for name in WEIGHTED if name != 'Together'])
def test_negative_weights_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match='expected `weight`'):
        module(make(name, weight=-1.0))
