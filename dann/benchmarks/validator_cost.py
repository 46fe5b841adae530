"""Measures what each validator costs on a large split: seconds, peak memory, and whether it scores a sample.

Each runs in a separate process, on seeded views of clustered features. The peak is that of the whole process,
including Python, PyTorch and both views.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from dann.core.registry import registered
from dann.core.views import View
from dann.validators import Validator, sampling

BLOCK = 4096


def clustered(count: int, classes: int, width: int, seed: int, *, labelled: bool) -> View:
    """A view whose classes are clusters, most samples of which are classified as such; mixed images are noise."""
    rng = torch.Generator().manual_seed(seed)
    centres = torch.randn(classes, width, generator=rng)
    labels = torch.randint(classes, (count,), generator=rng)
    features, logits = torch.empty(count, width), torch.empty(count, classes)
    for start in range(0, count, BLOCK):
        rows = slice(start, min(start + BLOCK, count))
        torch.randn(features[rows].shape, generator=rng, out=features[rows])
        features[rows].mul_(3).add_(centres[labels[rows]])
        logits[rows] = features[rows] @ centres.T / width**0.5
    if labelled:
        return View(features, logits, labels)
    partner = torch.randperm(count, generator=rng)
    mixed = torch.randn(count, classes, generator=rng)
    extra = {'mixup.logits': mixed, 'mixup.partner': logits.argmax(dim=1)[partner]}
    return View(features, logits, extra=extra)


def watch_samples() -> list[int]:
    """A list that grows by the size of every sample that a validator draws from a larger view."""
    sizes: list[int] = []
    original = sampling.sample

    def watched(view: View, most: int, seed: int = 0) -> View:
        drawn = original(view, most, seed)
        if len(drawn) < len(view):
            sizes.append(len(drawn))
        return drawn

    for name, module in list(sys.modules.items()):
        if name.startswith('dann.validators') and getattr(module, 'sample', None) is original:
            module.sample = watched  # type: ignore[attr-defined]
    return sizes


def peak() -> float:
    """Most memory in GiB that this process has held."""
    status = Path('/proc/self/status')
    if status.exists():  # ru_maxrss would start from the parent's
        line = next(
            line for line in status.read_text(encoding='utf-8').splitlines() if line.startswith('VmHWM')
        )
        return int(line.split()[1]) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2 ** (30 if sys.platform == 'darwin' else 20)


def measure(name: str, count: int, classes: int, width: int) -> dict[str, Any]:
    """Run one validator in this process."""
    rule = registered(Validator, 'dann.validators')[name]()
    source = clustered(count, classes, width, 0, labelled=True)
    target = clustered(count, classes, width, 1, labelled=False)
    sizes = watch_samples()
    started, busy = time.perf_counter(), time.process_time()
    score = rule.score(source, target)
    return {
        'name': rule.name,
        'seconds': time.perf_counter() - started,
        'busy': time.process_time() - busy,
        'peak': peak(),
        'samples': sorted(set(sizes)),
        'score': score,
    }


def line(cost: dict[str, Any]) -> str:
    """One validator's cost in words."""
    sizes = ' and '.join(f'{size:,}' for size in cost['samples'])
    scored = f'a sample of {sizes}' if sizes else 'all samples'
    return (
        f'{cost["name"]:18} {cost["seconds"]:7.2f} s {cost["busy"]:7.2f} s of CPU {cost["peak"]:6.2f} GiB  '
        f'{scored}, score {cost["score"]:.4f}'
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Print one line for each validator, then the highest figures."""
    known = registered(Validator, 'dann.validators')
    parser = argparse.ArgumentParser(description=(__doc__ or '').partition('\n')[0])
    parser.add_argument('shape', nargs='*', type=int, metavar='N', help='samples, classes and feature width')
    parser.add_argument('--only', nargs='+', choices=known, default=list(known), metavar='VALIDATOR')
    parser.add_argument('--threads', type=int, default=2, help='threads of each process')
    parser.add_argument('--json', action='store_true', help='measure the first of --only in this process')
    options = parser.parse_args(argv)
    shape = [*options.shape, *(50_000, 345, 2048)[len(options.shape) :]]
    if options.json:
        torch.set_num_threads(options.threads)
        print(json.dumps(measure(options.only[0], *shape)))
        return
    costs = []
    for name in options.only:
        command = [sys.executable, __file__, *map(str, shape), '--only', name, '--json']
        threads = str(options.threads)
        environment = os.environ | {'OMP_NUM_THREADS': threads, 'OPENBLAS_NUM_THREADS': threads}
        done = subprocess.run(
            [*command, '--threads', threads], env=environment, stdout=subprocess.PIPE, check=True
        )
        costs.append(json.loads(done.stdout.splitlines()[-1]))
        print(line(costs[-1]), flush=True)
    slowest, largest = (max(cost[field] for cost in costs) for field in ('seconds', 'peak'))
    print(f'{"most":18} {slowest:7.2f} s {"":16} {largest:6.2f} GiB')


if __name__ == '__main__':
    main()
