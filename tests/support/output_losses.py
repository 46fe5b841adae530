"""What every loss on target predictions alone is checked for."""

from __future__ import annotations

import re

import pytest
import torch
from draws import draw_wide
from torch import Tensor

from dann.core.views import View
from dann.methods.alignment import Alignment

SHAPES = [(9, 4), (3, 7), (1, 2), (33, 5)]


def loss(method: Alignment, logits: Tensor) -> Tensor:
    """The only term, of a source that nothing should read."""
    source = View(torch.full((2, 3), torch.nan), torch.full((2, logits.shape[1]), torch.nan))
    (term,) = method(source, View(logits.new_zeros(len(logits), 3), logits), 1.0).values()
    return term


def certain(*classes: int, of: int = 3) -> Tensor:
    """Logits that leave no doubt about the classes given."""
    return 200 * torch.nn.functional.one_hot(torch.tensor(classes), of).double()


def assert_finite_on_degenerate_batches(method: Alignment, dtype: torch.dtype) -> None:
    """Assert that missing classes, one sample, one class and huge or flat logits do not break a loss."""
    batches = [
        *(certain(0, 2), certain(0), certain(1, 1, 1)),
        *(1e4 * draw_wide(5, 3), torch.zeros(4, 3).double()),
    ]
    for batch in batches:
        logits = batch.to(dtype).requires_grad_()
        value = loss(method, logits)
        assert value.isfinite()
        assert torch.autograd.grad(value, logits)[0].isfinite().all()


def assert_no_order(method: Alignment) -> None:
    """Assert that permuting samples and classes changes nothing."""
    logits, rng = draw_wide(6, 4), torch.Generator().manual_seed(0)
    rows, columns = torch.randperm(6, generator=rng), torch.randperm(4, generator=rng)
    torch.testing.assert_close(loss(method, logits[rows][:, columns]), loss(method, logits))


def assert_shapes_named(method: Alignment) -> None:
    """Assert that logits of another shape are refused by name."""
    for shape in ((0, 3), (4, 1), (4,)):
        logits = torch.zeros(shape)
        source = View(torch.zeros(2, 3), torch.zeros(2, 3))
        message = rf'expected logits of shape \(B, C\).*got {re.escape(str(shape))}'
        with pytest.raises(ValueError, match=message):
            method(source, View(torch.zeros(len(logits), 3), logits), 1.0)
