"""Weights compared to the last bit."""

from __future__ import annotations

import torch
from torch import Tensor

from dann.engine.module import AdaptationModule

State = dict[str, Tensor]


def snapshot(module: AdaptationModule) -> State:
    """Return copies of all parameters and buffers, and of the network that is evaluated."""
    evaluated = {f'evaluated.{name}': value for name, value in module.evaluated.state_dict().items()}
    return {name: value.detach().cpu().clone() for name, value in (module.state_dict() | evaluated).items()}


def shared(state: State) -> State:
    """Return what both domains share: the network that is trained and the one that is evaluated."""
    return {name: value for name, value in state.items() if name.startswith(('network.', 'evaluated.'))}


def differing(one: State, other: State) -> list[str]:
    """Return the names of tensors that are not equal to the last bit, or are in one state only."""
    both = one.keys() & other.keys()
    unequal = [name for name in one if name in both and not torch.equal(one[name], other[name])]
    return unequal + sorted(one.keys() ^ other.keys())


def largest_gap(one: State, other: State) -> float:
    """Return the largest difference of an entry, in units of its tensor's largest entry."""
    gaps = [
        float(
            (value.double() - other[name].double()).abs().max() / value.double().abs().max().clamp(min=1e-12)
        )
        for name, value in one.items()
        if name in other and value.shape == other[name].shape and value.numel()
    ]
    return max(gaps, default=0.0)


def compared(one: State, other: State) -> str:
    """Return in words how two states differ."""
    names = differing(one, other)
    if not names:
        return f'all {len(one)} tensors are equal to the last bit'
    first = [name for name in names if not name.startswith('evaluated.')] or names
    return (
        f'{len(names)} of {len(one)} tensors differ, by up to {largest_gap(one, other):.1e} of their '
        f'largest entry, {first[0]} among them'
    )
