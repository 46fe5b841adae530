"""The sliced Wasserstein distance against the published formula."""

from __future__ import annotations

from functools import partial

import pytest
import references_kernels as ker
import torch
from draws import SHAPES, Shapes, draw, pair
from recorded import assert_agrees, load
from torch import Tensor

from dann.core.views import View
from dann.methods.alignment.sliced_wasserstein import SlicedWasserstein, sliced_wasserstein

shapes = pytest.mark.parametrize('shapes', SHAPES)


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


def test_sliced_wasserstein_pytorch_adapt() -> None:
    """Nothing differs for equal batches; it takes no others, and 128 directions whatever it is asked for."""
    record = load('sliced_adapt')
    value = sliced_wasserstein(record['source'], record['target'], record['projections'].T)
    assert_agrees(value, record, 'source', 'target')


def test_sliced_wasserstein_pot() -> None:
    """POT returns the root; the batches are unequal here."""
    record = load('sliced_pot')
    value = sliced_wasserstein(record['source'], record['target'], record['projections'].T)
    assert_agrees(value.sqrt(), record, *record.inputs)


def test_gradients() -> None:
    loss = partial(sliced_wasserstein, directions=directions(6, 4))
    assert torch.autograd.gradcheck(loss, pair(((7, 4), (5, 4)), grad=True))


def test_options_out_of_range_are_named() -> None:
    with pytest.raises(ValueError, match='expected `projections`'):
        SlicedWasserstein(projections=0)
