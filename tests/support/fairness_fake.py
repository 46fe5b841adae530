"""A benchmark's folder whose groups are known, written without training anything."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from benchmarks_fake import CLASSES, history, write_folder, write_job

from dann.benchmarks.running.kept_groups import keep_groups
from dann.core.sealed import DONE, sums_of
from dann.stats.grouped import Grouped

NAMES = ('dark', 'light')
COUNT = 400  # samples, half of them in each group
# samples right in each group, by row, at the last step of seed 0; every further seed has four more of either
RIGHT = {'source_only': (80, 160), 'dann': (140, 164), 'mmd': (60, 170)}


def predictions(right: tuple[int, int], confidence: float = 0.8) -> Grouped:
    """So many samples of each group are right, of each class alike; wrong ones are given the next class."""
    group, place = np.arange(COUNT) % 2, np.arange(COUNT) // 2
    true = place % len(CLASSES)
    hit = place < np.array(right)[group]
    predicted = np.where(hit, true, (true + 1) % len(CLASSES))
    return Grouped(NAMES, len(CLASSES), true, predicted, np.full(COUNT, confidence), group)


def write_grouped(
    root: Path,
    seeds: int = 3,
    rows: Mapping[str, tuple[int, int]] = RIGHT,
    domains: tuple[str, ...] = ('target',),
) -> Path:
    """Write a run folder under ``root``; selected by the last step."""
    write_folder(root, {}, benchmark={'methods': dict.fromkeys(rows), 'select': 'last'}, pictures=False)
    for name in rows:
        for seed in range(seeds):
            records = history(name, seed, 0.6)
            job = write_job(root, records, pictures=False)
            for step in (300, 400):
                early = 0 if step == 400 else 20
                right = rows[name][0] + 4 * seed - early, rows[name][1] + 4 * seed - early
                keep_groups(job, step, {domain: predictions(right) for domain in domains})
            (job / DONE).write_text(sums_of(job))
    return root
