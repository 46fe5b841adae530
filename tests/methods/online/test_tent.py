"""TENT online: its steps, against a second author, and what it has in common with the training class."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import references_online as ref
import torch
from draws import draw
from online_networks import Small, arrays
from training import make, module

from dann.core.views import View
from dann.methods.online.tent import TENTOnline


def test_steps_are_those_of_a_second_author() -> None:
    network: Any = Small()
    method = TENTOnline(lr=0.01)
    method.start(network)
    gamma, beta, weight = arrays(network.norm.weight, network.norm.bias, network.head.weight)
    values, optimizer = [gamma, beta], ref.Adam(0.01)
    for seed in range(3):
        x = draw(6, 3, seed=seed)

        def loss(at: list[ref.Array], x: torch.Tensor = x) -> float:
            return ref.mean_entropy(ref.logits(x.numpy(), at[0], at[1], weight))

        predicted = method.step(x)
        # made before the step
        np.testing.assert_allclose(predicted.numpy(), ref.logits(x.numpy(), *values, weight), atol=1e-6)
        values = optimizer.step(values, ref.gradient(loss, values))
        for found, expected in zip(arrays(*method.adapted), values, strict=True):
            np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_loss_is_that_of_the_training_class() -> None:
    logits = draw(7, 3)
    model: Any = module(make('TENT'))
    (term,) = model.adapt({}, View(draw(7, 6, seed=1), logits)).values()
    assert torch.equal(TENTOnline().loss(logits), term)
    assert term.item() == pytest.approx(ref.mean_entropy(logits.numpy()), rel=1e-9)
