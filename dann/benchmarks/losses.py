"""Measures what every alignment costs on large batches: time of a step, and peak memory beyond its inputs.

A step is forward and backward on seeded views of random features. Each size is judged: beyond the gradients of inputs
and parameters, a step should hold less than four float32 matrices of all pairs of the pooled batch, or ``FLOOR`` where
that is more. The memory is that of the tensors alive at once; what an operation needs inside itself, as LAPACK and POT
do, is not seen.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from dann.core.alignment import Alignment
from dann.core.errors import UserError
from dann.core.registry import registered
from dann.core.views import View

MIB = 2**20
FLOOR = 64 * MIB
PATIENCE = 3.0


class LiveMemory(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the bytes of all tensors made within it that are alive at once; ``peak`` is the most."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.live = self.peak = 0
        self._known: dict[int, weakref.finalize[Any, Any]] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Run an operation and count the storages that it made."""
        self._see((args, kwargs), counted=False)
        result = func(*args, **(kwargs or {}))
        self._see(result, counted=True)
        return result

    def _see(self, tree: Any, *, counted: bool) -> None:
        for leaf in tree_leaves(tree):
            if isinstance(leaf, Tensor) and id(leaf.untyped_storage()) not in self._known:
                storage = leaf.untyped_storage()
                size = storage.nbytes() if counted else 0
                self._known[id(storage)] = weakref.finalize(storage, self._forget, id(storage), size)
                self.live += size
        self.peak = max(self.peak, self.live)

    def _forget(self, key: int, size: int) -> None:
        self._known.pop(key, None)
        self.live -= size


@dataclass(frozen=True, slots=True)
class Size:
    """Samples of each domain, feature width and number of classes."""

    batch: int
    width: int
    classes: int

    def __str__(self) -> str:
        return f'{self.batch:5} + {self.batch:<5} {self.width:5} wide {self.classes:4} classes'


@dataclass(frozen=True, slots=True)
class Cost:
    """What one step took: seconds, most bytes held, and how many it may hold."""

    seconds: float
    peak: int
    allowed: int

    @property
    def fits(self) -> bool:
        """Whether it stays below what is allowed."""
        return self.peak < self.allowed

    def __str__(self) -> str:
        judged = 'ok' if self.fits else 'TOO MUCH'
        return (
            f'{self.seconds * 1e3:9.1f} ms {self.peak / MIB:8.1f} MiB of {self.allowed / MIB:7.1f}  {judged}'
        )


def alignments() -> dict[str, type[Alignment]]:
    """Every alignment that can be measured, by name; a sum of alignments is none of its own."""
    found = registered(Alignment, 'dann.methods.alignment')
    return {name: kind for name, kind in found.items() if name != 'Together'}


def random_view(size: Size, seed: int, *, labelled: bool) -> View:
    """A view of random features and logits that gradients are asked for."""
    rng = torch.Generator().manual_seed(seed)
    features = torch.randn(size.batch, size.width, generator=rng) + seed / 4
    logits = 2 * torch.randn(size.batch, size.classes, generator=rng)
    labels = torch.randint(size.classes, (size.batch,), generator=rng) if labelled else None
    return View(features.requires_grad_(), logits.requires_grad_(), labels)


def step(alignment: Alignment, source: View, target: View, wanted: Sequence[Tensor]) -> None:
    """Forward and backward."""
    losses = alignment(source, target, 1.0)
    torch.autograd.grad(torch.stack(list(losses.values())).sum(), wanted, allow_unused=True)


def measure(kind: type[Alignment], size: Size, rounds: int = 3) -> Cost:
    """Cost of one step of an alignment with its defaults.

    Args:
        kind: The alignment.
        size: Of both views.
        rounds: Steps to time, of which the median counts; no further one is started after ``PATIENCE`` seconds.

    Raises:
        UserError: A package that the alignment needs is missing.
    """
    torch.manual_seed(0)
    alignment = kind()
    alignment.build(size.width, size.classes)
    views = random_view(size, 0, labelled=True), random_view(size, 1, labelled=False)
    wanted = [part for view in views for part in (view.features, view.logits)] + list(alignment.parameters())
    with LiveMemory() as memory:
        step(alignment, *views, wanted)
    seconds: list[float] = []
    while len(seconds) < rounds and sum(seconds) < PATIENCE:
        started = time.perf_counter()
        step(alignment, *views, wanted)
        seconds.append(time.perf_counter() - started)
    return Cost(statistics.median(seconds), memory.peak, allowance(size.batch, wanted))


def allowance(batch: int, wanted: Iterable[Tensor]) -> int:
    """Bytes that a step may hold: four matrices of all pairs or ``FLOOR``, and the gradients that are ``wanted``."""
    return max(4 * (2 * batch) ** 2 * 4, FLOOR) + sum(part.numel() * part.element_size() for part in wanted)


def measured(names: Sequence[str], sizes: Sequence[Size], rounds: int) -> Iterator[tuple[str, Size, Cost]]:
    """Measure each alignment at each size, printing a line for each."""
    kinds = alignments()
    for number, (size, name) in enumerate(product(sizes, names), start=1):
        place = f'{number:3}/{len(sizes) * len(names)} {name:18} {size}'
        try:
            cost = measure(kinds[name], size, rounds)
        except UserError as error:
            print(f'{place}  left out: {error}', flush=True)
            continue
        print(f'{place} {cost}', flush=True)
        yield name, size, cost


def main(argv: Sequence[str] | None = None) -> int:
    """Print one line for each measurement, and return 1 where a step holds too much."""
    known = list(alignments())
    parser = argparse.ArgumentParser(description=(__doc__ or '').partition('\n')[0])
    parser.add_argument('--batch', nargs='+', type=int, default=[32, 256, 2048], help='samples of a domain')
    parser.add_argument('--dim', nargs='+', type=int, default=[256, 2048], help='widths of the features')
    parser.add_argument('--classes', nargs='+', type=int, default=[10, 345], help='numbers of classes')
    parser.add_argument('--methods', nargs='+', choices=known, default=known, metavar='METHOD')
    parser.add_argument('--rounds', type=int, default=3, help='steps to time, of which the median is printed')
    parser.add_argument('--threads', type=int, default=2, help='threads of PyTorch')
    options = parser.parse_args(argv)
    torch.set_num_threads(options.threads)
    sizes = [Size(*numbers) for numbers in product(options.batch, options.dim, options.classes)]
    costs = list(measured(options.methods, sizes, options.rounds))
    large = [f'{name} at {" ".join(str(size).split())}' for name, size, cost in costs if not cost.fits]
    print(f'{len(costs) - len(large)} of {len(costs)} measurements stay within their memory')
    print(*(f'too much: {line}' for line in large), sep='\n', end='\n' if large else '')
    return int(bool(large))


if __name__ == '__main__':
    sys.exit(main())
