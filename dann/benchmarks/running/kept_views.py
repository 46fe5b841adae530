"""The views of each evaluation, kept in files so that scores can be computed after the run."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dann.benchmarks.results.arrays import load_arrays
from dann.core.sealed import was_left
from dann.core.views import View
from dann.reporting.files import write_whole

SOURCE = ('features', 'logits', 'labels')
TARGET = ('features', 'logits')
EXTRA = 'target_extra_'
TESTED = 'tested_probabilities'
FORMERLY = {
    'target_mixed_logits': 'mixup.logits',
    'target_mixed_with': 'mixup.partner',
}  # before `View.extra`


def path_of(job: Path, step: int) -> Path:
    """Return where the job in the folder ``job`` keeps its evaluation at ``step``."""
    return job / 'views' / f'step-{step:05d}.npz'


def keep(job: Path, step: int, splits: Mapping[str, View], *, whole: bool, tested: bool = False) -> None:
    """Keep an evaluation: the target's predictions, or the ``whole`` of both validation splits.

    No target label is in either: a target view has none.

    Args:
        job: The job's folder.
        step: Steps taken.
        splits: Views of ``source_val``, ``target_val`` and, where it is ``tested``, ``target_test``.
        whole: Keep features, logits, source labels and the results of further passes too, in full precision;
            else only the target's predictions, in 16 bits, which is what a score over several candidates needs.
        tested: Keep the predictions on the target's test split too, for a table of a target without labels.
    """
    source, target = splits['source_val'], splits['target_val']
    arrays = {'target_probabilities': target.probabilities.half().numpy()}
    if tested:
        arrays[TESTED] = splits['target_test'].probabilities.half().numpy()
    if whole:
        arrays |= _arrays('source', source, SOURCE) | _arrays('target', target, TARGET)
        arrays |= {EXTRA + name: part.numpy() for name, part in target.extra.items()}
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    write_whole(path_of(job, step), buffer.getvalue())


def kept_views(path: Path) -> tuple[View, View] | None:
    """Return the source and target views in a kept evaluation; ``None`` where it was not kept whole."""
    if not was_left(path):
        return None
    arrays = load_arrays(path, ['target_probabilities'])
    if 'source_features' not in arrays:
        return None
    parts = {name: torch.from_numpy(array) for name, array in arrays.items()}
    return (
        View(parts['source_features'], parts['source_logits'], parts['source_labels']),
        View(parts['target_features'], parts['target_logits'], extra=_extra(parts)),
    )


def kept_predictions(path: Path) -> Tensor:
    """Return the target's class probabilities ``(N, C)`` in the kept evaluation at ``path``."""
    return torch.from_numpy(load_arrays(path, ['target_probabilities'])['target_probabilities']).float()


def kept_test_predictions(path: Path) -> NDArray[Any]:
    """Return the class probabilities ``(N, C)`` on the target's test split in the kept evaluation at ``path``."""
    return load_arrays(path, [TESTED])[TESTED].astype(np.float64)


def _extra(parts: Mapping[str, Tensor]) -> dict[str, Tensor]:
    found = {FORMERLY[name]: part for name, part in parts.items() if name in FORMERLY}
    return found | {name.removeprefix(EXTRA): part for name, part in parts.items() if name.startswith(EXTRA)}


def _arrays(domain: str, view: View, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    parts = {name: getattr(view, name) for name in names}
    return {f'{domain}_{name}': part.numpy() for name, part in parts.items() if part is not None}
