"""What a validator must have to be one."""

from __future__ import annotations

import pytest
import torch

from dann.core.validator import Validator
from dann.core.views import View


def test_a_validator_writes_score_and_nothing_else() -> None:
    class Width(Validator):
        name = 'width'

        def score(self, source: View, target: View) -> float:
            return float(target.features.shape[1])

    view = View(torch.zeros(2, 5), torch.zeros(2, 3))
    assert Width().score(view, view) == 5.0


def test_one_without_a_score_cannot_be_made() -> None:
    class Empty(Validator):
        name = 'empty'

    with pytest.raises(TypeError, match='abstract'):
        Empty()  # type: ignore[abstract]
