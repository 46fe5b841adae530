"""What every alignment does around its `forward`: its strength and its precision."""

from __future__ import annotations

import pytest
import torch

from dann.core.alignment import Alignment
from dann.core.schedules import Linear
from dann.core.views import Losses, View


class Precision(Alignment):
    """Notes the precision that it is called with."""

    def forward(self, source: View, target: View, strength: float) -> Losses:
        self.seen = source.features.dtype, target.logits.dtype, (source.features @ target.features.T).dtype
        return {'precision': strength * source.features.sum()}


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_losses_are_computed_in_single_precision_or_better_without_autocast(dtype: torch.dtype) -> None:
    view, method = View(torch.ones(2, 3, dtype=dtype), torch.ones(2, 4, dtype=dtype)), Precision()
    with torch.autocast('cpu', torch.bfloat16):
        terms = method(view, view, 0.5)
    assert method.seen == 3 * (torch.float64 if dtype == torch.float64 else torch.float32,)
    assert terms['precision'].item() == 3


def test_strength_is_the_weight_times_the_schedule() -> None:
    assert Precision(5.0, Linear(0, 0.8)).strength(0.25) == pytest.approx(1.0)
    with pytest.raises(ValueError, match='`weight` of at least 0, got -1'):
        Precision(-1)
