"""Torch's random numbers on one device: seeded, and set aside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


def seed_torch(seed: int, device: torch.device) -> None:
    """Seed torch's generators of the CPU and of a device, whether or not it is the current one.

    Args:
        seed: At least 0.
        device: Where numbers are drawn.
    """
    # torch.manual_seed would also queue seeds for every absent backend, with a stack trace each
    torch.default_generator.manual_seed(seed)
    if device.type == 'cuda':
        with torch.cuda.device(device):
            torch.cuda.manual_seed(seed)
    elif device.type == 'mps':
        torch.mps.manual_seed(seed)


@contextmanager
def seeds_kept(device: torch.device) -> Iterator[None]:
    """Leave torch's random numbers of the CPU and of a device as they were before the block."""
    on_mps = device.type == 'mps'
    state = torch.mps.get_rng_state() if on_mps else None
    # of mps torch's own function would ask for a device's number, which it does not take
    with torch.random.fork_rng(devices=[device] if device.type == 'cuda' else [], device_type='cuda'):
        try:
            yield
        finally:
            if state is not None:
                torch.mps.set_rng_state(state)
