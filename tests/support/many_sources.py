"""Several toy sources and a target."""

from __future__ import annotations

from typing import Any

import torch
from toy import Toy
from training import pair

from dann.core.views import View
from dann.datasets import DomainPair

SIZES = (5, 3, 4)  # samples of each source in a view


def sources(**options: Any) -> DomainPair:
    """Three sources of different sizes, and a target."""
    domains = [Toy('a'), Toy('d', train=30), Toy('e', train=18)]
    return pair(domains, Toy('b'), **{'batch_size': 9} | options)  # type: ignore[arg-type]


def views(width: int = 4, classes: int = 3, *, seed: int = 0) -> tuple[View, View]:
    """A float64 view of three sources, mixed, and one of the target."""
    rng = torch.Generator().manual_seed(seed)
    domains = torch.arange(len(SIZES)).repeat_interleave(torch.tensor(SIZES))
    domains = domains[torch.randperm(len(domains), generator=rng)]

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=rng, dtype=torch.float64).requires_grad_()

    count = len(domains)
    labels = torch.randint(classes, (count,), generator=rng)
    source = View(drawn(count, width), drawn(count, classes), labels, domains=domains)
    return source, View(drawn(7, width), drawn(7, classes))
