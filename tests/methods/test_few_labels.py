"""Few labels under every training method."""

from __future__ import annotations

import pytest
import torch
from toy import Toy
from training import TRAINING, fit, make, module, pair

from dann.core.errors import UserError


@pytest.mark.parametrize('name', TRAINING)
def test_few_labels_reach_every_training_method(name: str) -> None:
    with_labels, without = (module(make(name)) for _ in range(2))
    fit(with_labels, pair(shots=2))
    fit(without)
    assert 'loss/shots' in with_labels.meter.means
    assert any(
        not torch.equal(left, right)
        for left, right in zip(with_labels.parameters(), without.parameters(), strict=True)
    )


def test_shots_that_leave_too_few_images_are_refused() -> None:
    with pytest.raises(UserError, match='leave 6 unlabelled training samples of toy/b, needs 8; lower'):
        fit(module(), pair(target=Toy('b', train=18), shots=4))
