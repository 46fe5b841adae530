"""TENT: what it moves, and what it needs."""

from __future__ import annotations

import pytest
from training import make, module

from dann.core.errors import UserError


@pytest.mark.parametrize('name', ['TENT'])
def test_a_network_without_batch_norm_is_refused_with_the_option_to_set(name: str) -> None:
    with pytest.raises(
        UserError, match=r'set batch_norm: true on the backbone \(--model.backbone.batch_norm'
    ):
        module(make(name), normed=False)
