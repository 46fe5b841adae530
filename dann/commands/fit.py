"""``dann fit``, ``validate``, ``test`` and ``predict``: one model, through LightningCLI."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import yaml

from dann import configs

SUMMARIES = {
    'fit': 'train one model, through LightningCLI',
    'validate': 'score it, through LightningCLI',
    'test': 'test it, through LightningCLI',
    'predict': 'predict with it, through LightningCLI',
}


def run(arguments: Sequence[str]) -> int:
    """Run a command line that begins with one of the four commands."""
    from dann.engine.catalogue import resolve
    from dann.engine.experiment import ExperimentCLI

    for flag, value in pairwise(arguments):
        kind = flag.removeprefix('--').removeprefix('model.')
        if kind in ('model', 'alignment', 'style') and '.' in value and not value.endswith('.yaml'):
            resolve(kind, value)  # its own message says more than the parser's
    ExperimentCLI(experiment_arguments(arguments))
    return 0


def experiment_arguments(arguments: Sequence[str]) -> list[str]:
    """Return a command line with the configuration of a run in place of each benchmark after ``--config``.

    The run is what the benchmark's rows share: its model and data, for its number of steps.
    """
    from dann.benchmarks.plan.grid import benchmark
    from dann.benchmarks.plan.keys import names
    from dann.benchmarks.plan.plan import SUITE, Plan

    resolved = list(arguments)
    for index, argument in enumerate(arguments):
        flag, equals, value = argument.partition('=')
        if flag not in ('--config', '-c'):
            continue
        where = index if equals else index + 1
        name = value if equals else arguments[where] if where < len(arguments) else ''
        config = configs.load(name)
        if config.keys() <= {SUITE, *names(Plan, 'in_file')} and 'methods' in config:
            shared = benchmark(Path(name).stem, config)
            text = yaml.safe_dump(shared.shared(0))
            resolved[where] = f'--config={text}' if equals else text
    return resolved
