"""Consistency on mixed images."""

from __future__ import annotations

import math

import pytest
import references_validators_b as ref
import torch
from torch import Tensor

from dann.core.views import View
from dann.validators.mixval import MixVal, consistency


def linear(images: Tensor, weights: Tensor, partner: Tensor, bias: float = 0.0) -> View:
    """What a linear model with two classes sees of images ``(N, D)`` and of 0.55 x_i + 0.45 x_j."""

    def model(x: Tensor) -> Tensor:
        score = x @ weights + bias
        return torch.stack([-score, score], dim=1)

    logits = model(images)
    mixed = model(0.55 * images + 0.45 * images[partner])
    return View(images, logits, extra=mixed_with(mixed, logits.argmax(dim=1)[partner]))


def mixed_with(logits: Tensor, partner: Tensor) -> dict[str, Tensor]:
    return {'mixup.logits': logits, 'mixup.partner': partner}


def scores(view: View) -> list[float]:
    return [MixVal(pairs).score(view, view) for pairs in ('intra', 'inter', 'both')]


def test_a_linear_model_by_hand() -> None:
    # mixtures: 0.55 - 0.45 = 0.1, -0.1, 0.55 - 1.35 < 0 (wrong), 0.45 - 1.65 < 0, 1
    images = torch.tensor([[1.0], [-1.0], [1.0], [-3.0], [1.0]])
    view = linear(images, torch.tensor([1.0]), torch.tensor([1, 0, 3, 2, 0]))
    assert scores(view) == pytest.approx([1, 3 / 4, 7 / 8])


def test_a_linear_model_never_errs_within_a_class() -> None:
    rng = torch.Generator().manual_seed(0)
    images, partner = torch.randn(200, 3, generator=rng), torch.randperm(200, generator=rng)
    intra, inter, both = scores(linear(images, torch.tensor([1.0, 2, -1]), partner, bias=0.3))
    assert intra == 1
    assert 0.5 < inter < 1
    assert both == (intra + inter) / 2


def test_against_the_formula() -> None:
    rng = torch.Generator().manual_seed(0)
    logits, mixed = (torch.randn(80, 4, generator=rng) for _ in range(2))
    partner = logits.argmax(dim=1)[torch.randperm(80, generator=rng)]
    view = View(torch.zeros(80, 1), logits, extra=mixed_with(mixed, partner))
    intra, inter = ref.mixval(mixed.double().numpy(), view.predictions.numpy(), partner.numpy())
    assert scores(view) == pytest.approx([intra, inter, (intra + inter) / 2])


def test_a_boundary_between_the_clusters_scores_higher() -> None:
    rng = torch.Generator().manual_seed(0)
    sides = torch.arange(300) % 2 * 2.0 - 1
    images = torch.stack([4 * sides, torch.zeros(300)], dim=1) + 0.3 * torch.randn(300, 2, generator=rng)
    partner = torch.randperm(300, generator=rng)
    good = linear(images, torch.tensor([1.0, 0]), partner)
    bad = linear(images, torch.tensor([0.1, 1.0]), partner)
    assert MixVal().score(good, good) > MixVal().score(bad, bad) + 0.1


def test_one_class_has_pairs_of_one_kind() -> None:
    view = linear(torch.ones(6, 1), torch.tensor([1.0]), torch.arange(6).flip(0))
    intra, inter, both = scores(view)
    assert (intra, both) == (1, 1)
    assert math.isnan(inter)


def test_without_mixed_images_there_is_no_score() -> None:
    view = linear(torch.ones(6, 1), torch.tensor([1.0]), torch.arange(6))
    bare = View(view.features, view.logits)
    broken = View(view.features, view.logits, extra=mixed_with(view.logits * math.nan, view.predictions))
    assert all(math.isnan(score) for score in scores(bare) + scores(broken))


def test_no_pairs_at_all() -> None:
    none = torch.zeros(0, dtype=torch.long)
    assert all(math.isnan(share) for share in consistency(none, none, none))


def test_mixval_knows_its_pairs() -> None:
    with pytest.raises(ValueError, match=r'pairs.*all'):
        MixVal('all')  # type: ignore[arg-type]
