"""FixMatch against the published formula."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import references_training_self as ref
import torch
from draws import draw
from training import make, module

from dann.methods.training.fixmatch import confident_cross_entropy


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
