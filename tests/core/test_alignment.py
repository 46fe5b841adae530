"""What every alignment has from its base."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from dann.core.alignment import Alignment
from dann.core.schedules import Linear
from dann.core.views import Losses, View


class Seen(Alignment):
    """Keeps what ``forward`` was given."""

    def forward(self, source: View, target: View, strength: float) -> Losses:
        self.seen = source, target, strength
        self.product: Tensor = source.features @ target.features.T
        return {'seen': strength * self.product.sum()}


def views(dtype: torch.dtype) -> tuple[View, View]:
    return tuple(View(torch.ones(2, 3, dtype=dtype), torch.ones(2, 4, dtype=dtype)) for _ in range(2))  # type: ignore[return-value]


def test_the_strength_is_the_weight_times_the_schedule() -> None:
    method = Seen(weight=4.0, schedule=Linear(0.5, 1.0))
    assert [method.strength(progress) for progress in (0.0, 0.5, 1.0)] == [2.0, 3.0, 4.0]
    assert Seen().strength(0.3) == 1.0


@pytest.mark.parametrize(('given', 'seen'), [(torch.bfloat16, torch.float32), (torch.float64, torch.float64)])
def test_forward_sees_single_precision_or_better_even_under_autocast(
    given: torch.dtype, seen: torch.dtype
) -> None:
    method = Seen()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        terms = method(*views(given), 0.5)
    assert method.product.dtype == terms['seen'].dtype == seen
    assert {part.dtype for view in method.seen[:2] for part in (view.features, view.logits)} == {seen}
    assert method.seen[2] == 0.5


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(ValueError, match='expected `weight` of at least 0, got -1'):
        Seen(weight=-1.0)


def test_an_alignment_without_figures_reports_none() -> None:
    assert Seen().diagnose(*views(torch.float32)) == {}
