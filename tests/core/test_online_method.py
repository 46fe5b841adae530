"""The contract of methods that adapt online."""

from __future__ import annotations

import pytest
import torch
from online_networks import pictures
from torch import Tensor

from dann.core.errors import UserError
from dann.core.online_method import OnlineMethod


class Sharper(OnlineMethod):
    """Grows the head a little at every batch."""

    name = 'sharper'

    def prepare(self) -> None:
        self.adapt(self.network.head.parameters())  # type: ignore[union-attr]

    @torch.no_grad()
    def step(self, images: Tensor) -> Tensor:
        logits: Tensor = self.network(images)
        for each in self.adapted:
            each.mul_(1.1)
        return logits


def test_a_copy_is_adapted_and_a_reset_forgets() -> None:
    network, method, images = pictures(), Sharper(), torch.rand(4, 3, 8, 8)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    method.start(network)
    first = method.step(images)
    assert not torch.equal(method.step(images), first)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    method.reset()
    assert torch.equal(method.step(images), first)
    assert [each.requires_grad for each in method.network.parameters()] == [False] * 4 + [True] * 2


def test_source_images_are_asked_for_where_they_are_needed() -> None:
    class Careful(Sharper):
        name, needs_source = 'careful', True

    with pytest.raises(UserError, match='careful needs unlabelled images of the source; name the source, or'):
        Careful().start(pictures())
    Careful().start(pictures(), torch.zeros(2, 3, 8, 8))


def test_nothing_to_train_is_no_adaptation() -> None:
    class Empty(Sharper):
        name = 'empty'

        def prepare(self) -> None:
            self.adapt([])

    with pytest.raises(UserError, match='empty has nothing to train in this network; leave empty out'):
        Empty().start(pictures())
