"""MIC: masks, and consistency with what they hide."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import references_training_self as ref
import torch
from draws import draw
from training import fit, make, module

from dann.methods.alignment.coral import CORAL
from dann.methods.training.mic import MIC, block_mask, masked_consistency


@pytest.mark.parametrize(
    ('name', 'options', 'message'),
    [('MIC', {'ratio': 1.0}, r'`ratio` in \[0, 1\)'), ('MIC', {'block': 0.0}, r'`block` in \(0, 1\]')],
)
def test_bad_arguments(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module(make(name, **options))


@pytest.mark.parametrize(('block', 'height', 'width'), [(3, 7, 10), (1, 4, 2), (8, 8, 8)])
def test_masks_are_blocks(block: int, height: int, width: int) -> None:
    noise = draw(3, -(-height // block), -(-width // block)).sigmoid()
    kept = block_mask(noise, 0.6, block, height, width)
    np.testing.assert_array_equal(kept, ref.block_mask(noise.numpy(), 0.6, block, height, width))


def test_mic_hides_the_share_asked_for_behind_the_backbones_mean() -> None:
    model = module(make('MIC', ratio=0.7, block=0.25))
    assert isinstance(model, MIC)
    torch.manual_seed(0)
    images = torch.rand(200, 3, 8, 8) * 0.4
    hidden = model.hide(images) == 0.5
    assert float(hidden.float().mean()) == pytest.approx(0.7, abs=0.03)
    assert not torch.equal(model.hide(images), model.hide(images))
    assert bool((hidden.all(dim=1) == hidden.any(dim=1)).all())
    nothing = module(make('MIC', ratio=0.0))
    assert isinstance(nothing, MIC)
    assert torch.equal(nothing.hide(images), images)


@pytest.mark.parametrize('shape', [(9, 4), (1, 2), (33, 31)])
def test_masked_consistency(shape: tuple[int, int]) -> None:
    masked, whole = (2 * draw(*shape, seed=seed, grad=True) for seed in (1, 2))
    loss = masked_consistency(masked, whole)
    expected = ref.masked_consistency(masked.detach().numpy(), whole.detach().numpy())
    assert float(loss.detach()) == pytest.approx(expected, rel=1e-9)
    assert torch.autograd.grad(loss, [masked, whole], allow_unused=True)[1] is None


def test_mic_joins_an_alignment() -> None:
    model = module(make('MIC'), alignment=CORAL())
    fit(model)
    assert model.meter.means.keys() == {'loss/source', 'loss/coral', 'loss/masked'}


def test_masked_images_move_no_statistics() -> None:
    plain, masked = (module(make('MIC', weight=0.0, ratio=ratio), normed=True) for ratio in (0.0, 0.9))
    for model in (plain, masked):
        assert isinstance(model, MIC)
        fit(model)
    torch.testing.assert_close(plain.network.state_dict(), masked.network.state_dict())
