"""No method's defaults keep a network from learning the source, on either of the built-in pairs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dann import configs
from dann.benchmarks.plan.grid import Benchmark, benchmark
from dann.benchmarks.results.records import Record, collect
from dann.benchmarks.running.run import run
from dann.engine.catalogue import resolve, rows
from dann.methods.training.source_free import SourceFree
from dann.reporting.notation import BASELINE

SCORE = 'val/source_accuracy'
LEAST = 0.05  # how far below source-only's a method's may end


def of_every_method(pair: str) -> Benchmark:
    """The built-in pair with all losses and training classes of the catalogue that train on stored features.

    The others pass images through the whole network in every step, which takes hours here.
    """
    chosen = {name: row for name, row in rows().items() if on_features(row) and not row.get('reference')}
    return benchmark(pair, {**configs.load(pair), 'methods': chosen, 'seeds': [0], 'evaluations': 2})


def on_features(row: Mapping[str, Any]) -> bool:
    path = row.get('class_path')
    return 'style' not in row and (path is None or not resolve('model', path).needs_images)


def at_the_end(record: Record, plan: Benchmark) -> bool:
    """Whether a record is of the last evaluation with source images: half way of a source-free method's run."""
    path = plan.methods[record['method']].get('class_path')
    source_free = path is not None and issubclass(resolve('model', path), SourceFree)
    return bool(record['step'] == (plan.steps // 2 if source_free else plan.steps))


@pytest.mark.long
@pytest.mark.parametrize('pair', ['day-to-night', 'sim-to-real'])
def test_every_method_learns_the_source(pair: str, tmp_path: Path) -> None:
    plan = of_every_method(pair)
    assert len(plan.methods) >= 33
    assert run(plan, tmp_path, workers=1, loggers=[], command='') == {}
    ends = [record for record in collect(tmp_path) if at_the_end(record, plan)]
    learned = {record['method']: record['scores'][SCORE] for record in ends}
    assert learned.keys() == plan.methods.keys()
    wanted = learned[BASELINE] - LEAST
    assert {method: score for method, score in learned.items() if score < wanted} == {}
