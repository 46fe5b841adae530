"""SAR: the climb, its steps against a second author, and the recovery."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import references_online as ref
import torch
from draws import draw
from online_networks import Small, arrays
from torch import Tensor, nn

from dann.core.errors import CheckError
from dann.methods.online.sar import SAR, climb, moved

SHARE, RHO, LR = 0.6, 0.3, 0.02


def reliable(rows: ref.Array, among: list[int] | None = None) -> list[int]:
    bound = SHARE * math.log(rows.shape[1])
    return [n for n in (range(len(rows)) if among is None else among) if ref.entropy(rows[n]) < bound]


def test_steps_are_those_of_a_second_author() -> None:
    small: Any = Small(scale=1.5)
    method = SAR(lr=LR, reliable=SHARE, rho=RHO, recover=0, kept=0)
    method.start(small)
    gamma, beta, weight = arrays(small.norm.weight, small.norm.bias, small.head.weight)
    values, optimizer, average = [gamma, beta], ref.Momentum(LR), None
    for seed in range(3):
        x = draw(7, 3, seed=seed)

        def loss(at: list[ref.Array], kept: list[int], x: Tensor = x) -> float:
            rows = ref.logits(x.numpy(), at[0], at[1], weight)
            return math.fsum(ref.entropy(rows[n]) for n in kept) / len(kept)

        first = reliable(ref.logits(x.numpy(), *values, weight))
        slopes = ref.gradient(lambda at, kept=first: loss(at, kept), values)  # type: ignore[misc]
        length = math.sqrt(math.fsum(float((each**2).sum()) for each in slopes))
        above = [value + RHO * slope / length for value, slope in zip(values, slopes, strict=True)]
        second = reliable(ref.logits(x.numpy(), *above, weight), first)
        assert 0 < len(first) < 7
        assert second
        found = loss(above, second)
        average = found if average is None else 0.9 * average + 0.1 * found
        method.step(x)
        values = optimizer.step(values, ref.gradient(lambda at, kept=second: loss(at, kept), above))  # type: ignore[misc]
        for one, other in zip(arrays(*method.adapted), values, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-6)
        assert method.average == pytest.approx(average, abs=1e-6)


def test_the_climb_has_the_length_of_its_radius() -> None:
    steps = climb([draw(3, 2), draw(5, seed=1)], 0.05)
    assert torch.cat([each.flatten() for each in steps]).norm().item() == pytest.approx(0.05)
    assert climb([torch.zeros(2)], 0.05)[0].tolist() == [0, 0]


def test_parameters_come_back_to_the_last_bit() -> None:
    parameter = nn.Parameter(draw(4))
    before = parameter.detach().clone()
    with moved([parameter], [draw(4, seed=1)]):
        assert not torch.equal(parameter, before)
    assert torch.equal(parameter, before)


def test_certain_predictions_bring_the_deployed_network_back() -> None:
    method = SAR(lr=0.1, recover=0.2)
    method.start(Small(scale=100.0))  # of entropies near 0
    method.step(draw(6, 3))
    assert all(
        torch.equal(one, other) for one, other in zip(method.adapted, norms(method.first), strict=True)
    )
    assert method.average is None
    method = SAR(lr=0.1, recover=0)
    method.start(Small(scale=20.0))
    method.step(draw(6, 3))
    assert not any(
        torch.equal(one, other) for one, other in zip(method.adapted, norms(method.first), strict=True)
    )


def norms(network: Any) -> list[Tensor]:
    return [network.norm.weight, network.norm.bias]


def test_a_batch_without_a_reliable_sample_changes_nothing() -> None:
    method = SAR(lr=1.0)
    method.start(Small(scale=1e-3))
    method.step(draw(6, 3))
    assert all(
        torch.equal(one, other) for one, other in zip(method.adapted, norms(method.first), strict=True)
    )


def test_the_last_norms_stay_and_other_norms_are_adapted_too() -> None:
    layers = nn.Sequential(
        nn.LayerNorm(4), nn.BatchNorm1d(4), nn.Linear(4, 4), nn.LayerNorm(4), nn.BatchNorm1d(4)
    )
    method = SAR(kept=0.5)
    method.start(layers)
    found: Any = method.network
    expected = [*found[0].parameters(), *found[1].parameters()]
    assert [id(each) for each in method.adapted] == [id(each) for each in expected]
    assert found[4].training  # by the batch, though it is not trained


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        ({'rho': -1}, '`rho` of at least 0'),
        ({'recover': -1}, '`recover` of'),
        ({'kept': 1}, r'`kept` in \[0, 1\)'),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, float], words: str) -> None:
    with pytest.raises(CheckError, match=words):
        SAR(**options)
