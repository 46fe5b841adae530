"""The network as it is."""

from __future__ import annotations

import torch
from draws import draw
from online_networks import Small

from dann.methods.online.unchanged import Unchanged


def test_predictions_are_those_of_the_deployed_network() -> None:
    network, method = Small().eval(), Unchanged()
    method.start(network)
    for seed in range(3):
        batch = draw(5, 3, seed=seed)
        assert torch.equal(method.step(batch), network(batch))
