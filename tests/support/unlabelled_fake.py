"""The folder of a benchmark whose target has no labels, with every number known, written without training anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import yaml
from benchmarks_fake import record, write_folder, write_job

from dann.benchmarks.results.records import Record
from dann.benchmarks.running.kept_views import TESTED, path_of

# the score at the better of two evaluations, and estimates there, by row and seed
SCORES: dict[str, tuple[float, ...]] = {
    'source_only': (0.30, 0.32),
    'dann': (0.50, 0.54),
    'mmd': (0.20, 0.26),
}
PREDICTED = {'source_only': [0, 1, 2, 0], 'dann': [0, 1, 1, 1], 'mmd': [0, 2, 1, 0]}  # of four test images


def history(method: str, seed: int, score: float) -> list[Record]:
    """Two evaluations, of which the first has the higher ``val/infomax``."""
    found = []
    for step, lower in ((100, 0.0), (200, 0.1)):
        each = record(method, seed, step, unlabelled=True, steps=200)
        estimates = {'val/atc': score + 0.2, 'val/doc': score + 0.3, 'val/cot': score + 0.1}
        each['scores'] = {'val/infomax': score - lower} | {
            name: value - lower for name, value in estimates.items()
        }
        found.append(each)
    return found


def write_unlabelled(root: Path, **changes: Any) -> Path:
    """Write the folder of a benchmark under ``root``; ``changes`` go into what it asked for."""
    folder = write_folder(root, {}, pictures=False)
    described = yaml.safe_load((folder / 'benchmark.yaml').read_text())
    asked = {
        'methods': {name: {} for name in [*SCORES, 'target_supervised']},
        'seeds': [0, 1],
        'left_out': ['target_supervised'],
    }
    (folder / 'benchmark.yaml').write_text(yaml.safe_dump(described | asked | changes, sort_keys=False))
    for method, scores in SCORES.items():
        for seed, score in enumerate(scores):
            job = write_job(folder, history(method, seed, score), pictures=False)
            (job / 'views').mkdir()
            for step in (100, 200):
                rows = np.eye(3)[PREDICTED[method]].astype(np.float16)
                np.savez(path_of(job, step), **{TESTED: rows, 'target_probabilities': rows})  # type: ignore[arg-type]
    return folder
