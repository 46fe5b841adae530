"""TENT: what it moves, and what it needs."""

from __future__ import annotations

from typing import Any

import pytest
import references as ref
from draws import draw
from training import make, module

from dann.core.errors import UserError
from dann.core.views import View


@pytest.mark.parametrize('name', ['TENT'])
def test_a_network_without_batch_norm_is_refused_with_the_option_to_set(name: str) -> None:
    with pytest.raises(
        UserError, match=r'set batch_norm: true on the backbone \(--model.backbone.batch_norm'
    ):
        module(make(name), normed=False)


def test_batch_norms_scale_and_offset_alone_descend_on_the_entropy() -> None:
    model: Any = module(make('TENT'))
    frozen = {id(each) for each in model.frozen()}
    trained = {name for name, each in model.named_parameters() if id(each) not in frozen}
    assert trained == {'network.backbone.layers.1.weight', 'network.backbone.layers.1.bias'}
    logits = draw(7, 3)
    (loss,) = model.adapt({}, View(draw(7, 6, seed=1), logits)).values()
    assert loss.item() == pytest.approx(-ref.negative_entropy(logits.numpy()), rel=1e-9)
