"""Measures ``dann monitor`` on the built-in pairs: false alarms, samples until an alarm, errors of the estimates.

``python -m tools.monitoring`` trains source-only and DANN on both pairs and from day to dusk, then draws streams of
images that no network was trained on: without drift, of the splits val and test, and from dusk to nights of every
depth, of test against val at dusk. ``python -m tools.documents`` writes the page and the package's ``measured.json``
from the figures.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dann.benchmarks.running.provenance import read_run
from dann.cli import main as dann
from dann.core.errors import RunError
from dann.core.views import View
from dann.datasets import Street
from dann.datasets.base import DomainDataset
from dann.datasets.pair import DomainPair
from dann.engine.trained import TrainedModel, load
from dann.reporting.files import write_whole
from dann.shift.pairs import pair_of
from dann.transfer.monitoring.accuracy import estimated
from dann.transfer.monitoring.plan import Plan
from dann.transfer.monitoring.simulation import simulate
from dann.transfer.monitoring.window import Name, judged

OUT = Path('docs/results/monitoring.json')
METHODS = ('source_only', 'dann')
SEEDS = 2
RUNS = {  # a benchmark of each folder, and what it is called
    'night': ('day-to-night-scratch', ()),
    'dusk': ('day-to-night-scratch', ('--severity', '0')),
    'real': ('sim-to-real-scratch', ()),
}
DEPTHS = (0.0, 0.1, 0.3, 0.5, 0.7, 1.0)
CALM = (0, 20)  # windows of dusk that the monitor has seen before the light changes
LONGEST = 400  # images of a stream, and of the reference of one without drift
SIZES = {'train': 2}  # of the nights, whose other splits do not depend on it
RUN = ('command', 'machine', 'versions', 'commit', 'started')


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured.

    Args:
        undrifted: Streams without drift of each network.
        drifted: Streams to each depth of night, of each network.
        steps: Of training; ``None`` for those of the benchmark.
    """

    undrifted: int = 40
    drifted: int = 5
    steps: int | None = None


def measure(runs: Path, scale: Scale) -> dict[str, Any]:
    """Train what is not trained yet in ``runs``, and return the figures.

    Raises:
        RunError: A network could not be trained.
    """
    for folder, (name, options) in RUNS.items():
        _train(name, options, runs / folder, scale)
    began = time.monotonic()
    content: dict[str, Any] = {
        'plan': asdict(Plan()),
        'undrifted': [line for each in ('night', 'real') for line in _undrifted(runs / each, each, scale)],
        'drifted': [*_drifted(runs / 'dusk', scale)],
        'estimates': [line for each in ('night', 'real') for line in _estimates(runs / each, each)],
    }
    about = read_run(runs / 'night' / 'run.json') or {}
    minutes = round((time.monotonic() - began) / 60, 1)
    command = 'python -m tools.monitoring'
    content['run'] = {key: about.get(key) for key in RUN} | {'command': command, 'minutes': minutes}
    return content


def _train(name: str, options: Sequence[str], out: Path, scale: Scale) -> None:
    steps = () if scale.steps is None else ('--steps', str(scale.steps))
    methods = ('--methods', *METHODS, '--seeds', str(SEEDS))
    if dann(['benchmark', name, *options, *methods, *steps, '--out', str(out)]):
        raise RunError(f'{name} could not be trained; see the lines above')


def networks(folder: Path) -> Iterator[tuple[dict[str, Any], TrainedModel]]:
    """Yield every network of a benchmark, after what it is called."""
    for method in METHODS:
        for seed in range(SEEDS):
            yield {'method': method, 'seed': seed}, load(folder, method=method, seed=seed)


def view_of(model: TrainedModel, domain: DomainDataset, split: str, *, labels: bool = False) -> View:
    """Return what a network makes of a split, with its labels where they are asked for."""
    domain.prepare()
    images = domain.images(split)
    seen = View.concatenate([*model.views(images[:] if not isinstance(images, torch.Tensor) else images)])
    return View(seen.features, seen.logits, domain.labels(split)) if labels else seen


def _pair(run: str) -> DomainPair:
    return pair_of(RUNS[run][0])


def _undrifted(folder: Path, run: str, scale: Scale) -> Iterator[dict[str, Any]]:
    """Count alarms in streams of val and test images of the target, against others of them and against train."""
    target = _pair(run).target
    for number, (name, model) in enumerate(networks(folder)):
        held, trained = (
            View.concatenate([view_of(model, target, split) for split in splits])
            for splits in (('val', 'test'), ('train',))
        )
        first = 1000 * number  # so that no two networks see the same streams
        found = simulate(held[_order(len(held), first)[: 2 * LONGEST]], scale.undrifted, Plan(seed=first))
        counts = {'streams': found.streams, 'alarms': found.alarms, 'warnings': found.warnings}
        yield {'pair': run, **name, 'reference': 'held out', 'windows': found.windows, **counts}
        yield {
            'pair': run,
            **name,
            'reference': 'training',
            **_against(trained, held, scale.undrifted, first),
        }


def _against(reference: View, stream: View, count: int, first: int) -> dict[str, int]:
    """Count alarms in streams drawn from samples, against a reference of others."""
    found = [
        {
            *_verdicts(
                reference[_order(len(reference), each)[:LONGEST]],
                stream[_order(len(stream), each)[:LONGEST]],
                0,
                seed=each,
            )
        }
        for each in range(first, first + count)
    ]
    return {
        'windows': min(LONGEST, len(stream)) // Plan().window,
        'streams': count,
        'alarms': sum('alarm' in verdicts for verdicts in found),
        'warnings': sum(bool(verdicts - {'none'}) for verdicts in found),
    }


def _order(count: int, number: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng([7, number]).permutation(count))


def _verdicts(reference: View, stream: View, seen: int, seed: int = 0) -> Iterator[str]:
    """Yield the verdict on each window, which is computed when it is asked for."""
    plan = Plan(seed=seed)
    for place in range(len(stream) // plan.window):
        part = stream[place * plan.window : (place + 1) * plan.window]
        yield judged(reference, part, Name(seen + place + 1, '', '', ''), plan).verdict


def _drifted(folder: Path, scale: Scale) -> Iterator[dict[str, Any]]:
    """Count images until the alarm, for networks that were adapted to dusk and see nights of every depth."""
    nights = {depth: Street('night', severity=depth, **SIZES) for depth in DEPTHS}
    for name, model in networks(folder):
        reference = view_of(model, nights[0.0], 'val')
        for depth, domain in nights.items():
            seen = view_of(model, domain, 'test')
            for calm in CALM:
                until = [
                    _until(_verdicts(reference, seen[_order(len(seen), each)[:LONGEST]], calm, seed=each))
                    for each in range(scale.drifted)
                ]
                yield {**name, 'severity': depth, 'seen': calm, 'until': until}


def _until(verdicts: Iterator[str]) -> int | None:
    """Return how many images there are up to the first alarm; ``None`` without one."""
    for place, verdict in enumerate(verdicts, start=1):
        if verdict == 'alarm':
            return place * Plan().window
    return None


def _estimates(folder: Path, run: str) -> Iterator[dict[str, Any]]:
    """Compare estimates of accuracy with accuracy, window by window."""
    pair = _pair(run)
    for name, model in networks(folder):
        known = view_of(model, pair.source, 'val', labels=True)
        test = view_of(model, pair.target, 'test', labels=True)
        test = test[_order(len(test), 0)]
        size = Plan().window
        windows = [test[first : first + size] for first in range(0, len(test) - size + 1, size)]
        errors: dict[str, list[float]] = {}
        for window in windows:
            unlabelled = View(window.features, window.logits)
            for estimate, value in estimated(known, unlabelled).items():
                errors.setdefault(estimate, []).append(round(value - _accuracy(window), 6))
        whole = {
            key: round(value, 6) for key, value in estimated(known, View(test.features, test.logits)).items()
        }
        yield {'pair': run, **name, 'accuracy': round(_accuracy(test), 6), 'whole': whole, 'errors': errors}


def _accuracy(view: View) -> float:
    assert view.labels is not None
    return float((view.predictions == view.labels).double().mean())


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and write the figures; return 0, or the status of what went wrong."""
    parser = argparse.ArgumentParser(
        prog='python -m tools.monitoring', description=(__doc__ or '').split('\n')[0]
    )
    parser.add_argument(
        '--runs', type=Path, default=Path('runs/monitoring'), metavar='DIR', help='of the networks'
    )
    parser.add_argument('--out', type=Path, default=OUT, metavar='FILE', help=f'{OUT} by default')
    options = parser.parse_args(argv)
    try:
        content = measure(options.runs, Scale())
    except RunError as error:
        print(f'dann: {error}', file=sys.stderr)
        return error.status
    write_whole(options.out, json.dumps(content, indent=1) + '\n')
    print(f'Results: {options.out}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
