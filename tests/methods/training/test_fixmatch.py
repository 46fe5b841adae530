"""FixMatch against the published formula."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import references_training_self as ref
import torch
from draws import draw
from training import fit, make, module, moved, weights

from dann.core.views import View
from dann.datasets.loading import Batch
from dann.methods.training.fixmatch import FixMatch, confident_cross_entropy


@pytest.mark.parametrize('shape', [(9, 4), (1, 2), (33, 31)])
@pytest.mark.parametrize('threshold', [0.0, 0.5, 0.999])
def test_confident_cross_entropy(shape: tuple[int, int], threshold: float) -> None:
    strong, weak = (2 * draw(*shape, seed=seed) for seed in (1, 2))
    expected = ref.confident_cross_entropy(strong.numpy(), weak.numpy(), threshold)
    assert float(confident_cross_entropy(strong, weak, threshold)) == pytest.approx(expected, rel=1e-9)


def test_without_a_confident_sample_the_loss_is_zero_and_attached() -> None:
    strong, weak = draw(6, 3, seed=1, grad=True), draw(6, 3, seed=2, grad=True)
    loss = confident_cross_entropy(strong, weak, 1.0)
    assert float(loss.detach()) == 0
    assert torch.equal(torch.autograd.grad(loss, strong, retain_graph=True)[0], torch.zeros_like(strong))
    loss = confident_cross_entropy(strong, weak, 0.5)
    assert torch.autograd.grad(loss, [strong, weak], allow_unused=True)[1] is None


@pytest.mark.parametrize(
    ('name', 'options', 'message'), [('FixMatch', {'threshold': 1.5}, r'`threshold` in \[0, 1\], got 1.5')]
)
def test_bad_arguments(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module(make(name, **options))


def test_the_labels_of_weakly_augmented_images_teach_strongly_augmented_ones() -> None:
    model: Any = module(make('FixMatch', weight=2.0))
    model.weak, model.strong = (lambda images: images.flip(3)), (lambda images: 1 - images)
    images = torch.rand(12, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    weak, strong = (
        model.network(each).logits.detach().double().numpy() for each in (images.flip(3), 1 - images)
    )
    model.threshold = float(np.median(ref.softmax(weak).max(axis=1)))  # half of the images are confident
    (loss,) = model.terms({'target': images}, None, None, 0.5).values()
    expected = 2 * ref.confident_cross_entropy(strong, weak, model.threshold)
    assert loss.item() == pytest.approx(expected, rel=1e-4)


def test_the_average_is_evaluated_and_pseudo_labels_come_in_over_the_first_half() -> None:
    model = module(make('FixMatch', threshold=0.0, decay=0.5))
    assert isinstance(model, FixMatch)
    assert model.evaluated is model.average.network
    start = weights(model.network)
    images = torch.rand(8, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    target = Batch(target=images, target_index=torch.arange(8))
    view = View(torch.zeros(8, 6), torch.zeros(8, 3))
    terms = []
    for progress in (0.0, 0.25, 0.5, 1.0):
        torch.manual_seed(0)
        terms.append(float(model.eval().terms(target, view, None, progress)['pseudo'].detach()))
    assert terms[0] == 0
    assert terms == pytest.approx([0, terms[3] / 2, terms[3], terms[3]])
    fit(model, epochs=1)
    between = weights(model.average.network)
    assert moved(start, between)
    assert moved(weights(model.network), between)
