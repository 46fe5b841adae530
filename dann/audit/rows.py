"""The rows of a configuration to audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dann import configs
from dann.benchmarks.plan.grid import Benchmark, benchmark
from dann.core.errors import UserError

RUN_KEYS = ('seed_everything', 'model', 'data')
CLIPPING = ('gradient_clip_val', 'gradient_clip_algorithm')


@dataclass(frozen=True, slots=True)
class Row:
    """One configuration of a run.

    Args:
        benchmark: Where it comes from.
        name: Its row there.
        config: The run's configuration, as LightningCLI takes it, without a budget.
    """

    benchmark: str
    name: str
    config: dict[str, Any]


def rows(name: str, chosen: Sequence[str] | None = None) -> list[Row]:
    """Return the rows of a benchmark, of each benchmark of a suite, or the single row of a run's configuration.

    Args:
        name: Of a benchmark or suite, or a path ending in ``.yaml``.
        chosen: Names of rows; ``None`` for all.

    Raises:
        UserError: There is no such configuration, or no such row in it.
    """
    from dann.benchmarks.plan.suite import configurations, is_suite

    config = configs.load(name)
    title = Path(name).stem
    if is_suite(config):
        found = configurations(title, config)
        return [row for pair, each in found.items() for row in _rows(benchmark(pair, each, methods=chosen))]
    if 'methods' in config or not {'model', 'data'} <= config.keys():
        return _rows(benchmark(title, config, methods=chosen))
    if chosen:
        raise UserError(f'{name} is the configuration of one run and has no rows; leave --methods out')
    label = Path(name).resolve().parent.name if title == 'config' else title
    return [Row(label, 'run', _run(config))]


def _rows(grid: Benchmark) -> list[Row]:
    return [Row(grid.name, name, _run(grid.config(name, grid.seeds[0]))) for name in grid.methods]


def _run(config: dict[str, Any]) -> dict[str, Any]:
    """Keep what makes model and data, and how gradients are clipped."""
    seed = config.get('seed_everything', 0)
    clipping = {key: value for key, value in (config.get('trainer') or {}).items() if key in CLIPPING}
    kept = {key: value for key, value in config.items() if key in RUN_KEYS}
    return kept | {
        # `seed_everything: true` lets Lightning choose a seed, which would not repeat
        'seed_everything': seed if type(seed) is int else 0,
        'trainer': clipping,
    }
