"""CUT against the published formula."""

from __future__ import annotations

import numpy as np
import pytest
import references_styles as ref
import torch
from learned_styles import learned, pictures
from torch.nn import functional as F

from dann.methods.style.cut import CUT, patch_nce


@pytest.mark.parametrize('shape', [(2, 5, 3), (1, 1, 4), (3, 7, 2)])
@pytest.mark.parametrize('temperature', [0.07, 1.0])
def test_patch_nce(shape: tuple[int, int, int], temperature: float) -> None:
    queries, keys = (
        F.normalize(torch.randn(shape, generator=torch.Generator().manual_seed(seed)).double(), dim=2)
        for seed in range(2)
    )
    expected = ref.patch_nce(queries.numpy(), keys.numpy(), temperature)
    assert patch_nce(queries, keys, temperature).item() == pytest.approx(expected, rel=1e-9)


def test_patch_nce_is_chance_on_equal_patches_and_teaches_queries_only() -> None:
    same = torch.ones(2, 6, 1).double()
    assert patch_nce(same, same).item() == pytest.approx(np.log(6))
    queries, keys = (
        torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(seed)).double().requires_grad_()
        for seed in range(2)
    )
    assert torch.autograd.gradcheck(lambda z: patch_nce(z, keys.detach(), 0.5), queries)
    into = torch.autograd.grad(patch_nce(queries, keys), [queries, keys], materialize_grads=True)
    assert into[1].abs().max() == 0
    with pytest.raises(ValueError, match=r'one shape \(B, N, D\), got \(2, 4, 3\) and \(2, 3, 3\)'):
        patch_nce(queries, keys[:, :3])


def test_cut_contrasts_patches_of_every_layer_of_its_encoder() -> None:
    style = learned('CUT', nce=2.0, identity=3.0)
    assert isinstance(style, CUT)
    source, target = pictures(4), pictures(3, seed=1)
    terms = style.losses(source, torch.tensor([0, 1, 2, 0]), target, 0.0)
    for name, batch, weight in (('style_nce', source, 2), ('style_identity', target, 3)):
        layers = []
        made = style.generator(batch)
        for head, left, right in zip(
            style.heads, style.generator.encode(made), style.generator.encode(batch), strict=True
        ):
            z, v = (F.normalize(head(each.flatten(2).mT), dim=2).detach().numpy() for each in (left, right))
            layers.append(ref.patch_nce(z, v, 0.07))
        assert terms[name].item() == pytest.approx(weight * np.mean(layers), rel=1e-8)
    few = learned('CUT', patches=2).losses(source, torch.tensor([0, 1, 2, 0]), target, 0.0)
    assert few['style_nce'] < terms['style_nce'] / 2
