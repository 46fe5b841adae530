"""What a network says of samples that belong to groups, kept at each evaluation so that intervals can be computed."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dann.benchmarks.results.arrays import check_arrays, load_arrays
from dann.reporting.files import write_whole
from dann.stats.grouped import Grouped

PARTS = ('names', 'classes', 'true', 'predicted', 'confidence', 'group')
DOMAINS = ('target', 'source')


def groups_path(job: Path, step: int) -> Path:
    """Return where the job in the folder ``job`` keeps the groups of its evaluation at ``step``."""
    return job / 'groups' / f'step-{step:05d}.npz'


def keep_groups(job: Path, step: int, grouped: Mapping[str, Grouped]) -> None:
    """Keep what the evaluator knows of groups; nothing where no domain has any.

    Args:
        job: The job's folder.
        step: Steps taken.
        grouped: Predictions on the test splits, by domain.
    """
    if not grouped:
        return
    arrays: dict[str, NDArray[Any]] = {
        f'{domain}_{part}': np.asarray(getattr(each, part))
        for domain, each in grouped.items()
        for part in PARTS
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    write_whole(groups_path(job, step), buffer.getvalue())


def kept_groups(path: Path) -> dict[str, Grouped]:
    """Return the predictions in a kept evaluation, by domain.

    Raises:
        RunError: The file is damaged, or is not as its job has left it.
    """
    arrays = load_arrays(path, ())
    domains = [domain for domain in DOMAINS if f'{domain}_true' in arrays]
    check_arrays(path, arrays, [f'{domain}_{part}' for domain in domains for part in PARTS])
    return {
        domain: Grouped(
            tuple(map(str, arrays[f'{domain}_names'])),
            int(arrays[f'{domain}_classes']),
            *(arrays[f'{domain}_{part}'] for part in PARTS[2:]),
        )
        for domain in domains
    }
