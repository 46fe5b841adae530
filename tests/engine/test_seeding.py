"""Torch's random numbers on the CPU, and what is asked of other devices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import torch

from dann.engine.seeding import seed_torch, seeds_kept

CPU, SECOND, MPS = torch.device('cpu'), torch.device('cuda', 1), torch.device('mps')


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is asked of devices that this machine lacks, in order."""
    calls: list[Any] = []

    @contextmanager
    def noted(*given: Any, **named: Any) -> Iterator[None]:
        calls.append(('in', *given, *named.values()))
        yield
        calls.append('out')

    monkeypatch.setattr('torch.cuda.device', noted)
    monkeypatch.setattr('torch.cuda.manual_seed', lambda seed: calls.append(seed))
    monkeypatch.setattr('torch.mps.manual_seed', lambda seed: calls.append(seed))
    monkeypatch.setattr('torch.mps.get_rng_state', lambda: 'state')
    monkeypatch.setattr('torch.mps.set_rng_state', lambda state: calls.append(state))
    return calls


@pytest.mark.parametrize(
    ('device', 'calls'), [(CPU, []), (SECOND, [('in', SECOND), 7, 'out']), (MPS, [7])], ids=str
)
def test_the_device_that_is_named_is_seeded_and_the_cpu_with_it(
    device: torch.device, calls: list[Any], asked: list[Any]
) -> None:
    with seeds_kept(CPU):
        seed_torch(7, device)
        found = torch.rand(2)
    assert asked == calls
    assert torch.equal(found, torch.rand(2, generator=torch.Generator().manual_seed(7)))


def test_numbers_are_as_they_were_after_an_error_too() -> None:
    before = torch.random.get_rng_state()
    with suppress(KeyError), seeds_kept(CPU):
        torch.rand(3)
        raise KeyError
    assert torch.equal(torch.random.get_rng_state(), before)


def test_those_of_mps_are_set_back_by_its_own_functions(asked: list[Any]) -> None:
    with seeds_kept(MPS):
        asked.append('block')
    assert asked == ['block', 'state']


def test_those_of_a_gpu_are_set_aside_on_it(asked: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('torch.random.fork_rng', torch.cuda.device)
    with seeds_kept(SECOND):
        asked.append('block')
    assert asked == [('in', [SECOND], 'cuda'), 'block', 'out']
