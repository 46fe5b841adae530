"""What a network makes of image files, and their predictions as a table."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from torch import Tensor

from dann.core.errors import UserError
from dann.core.views import View
from dann.datasets.storage.decoding import UnreadableImageError
from dann.engine.sample_files import is_table, read_samples
from dann.engine.trained import BATCH, TrainedModel
from dann.reporting.files import write_whole
from dann.reporting.spreadsheet import csv_lines


@dataclass(frozen=True, slots=True)
class SeenFiles:
    """What a network makes of files.

    Args:
        names: Of the samples.
        view: The samples, in the same order.
        unreadable: A sentence for each file that could not be read.
    """

    names: list[str]
    view: View
    unreadable: list[str]


def seen_files(model: TrainedModel, paths: Sequence[Path]) -> SeenFiles:
    """Return what the network makes of image files, and of files of arrays.

    Raises:
        UserError: The model takes no such samples, or none of the files can be read.
    """
    names: list[str] = []
    unreadable: list[str] = []
    views = []
    for known, batch in _batches(model, paths, unreadable):
        names += known
        views.append(model.view(batch))
    if not views:
        raise UserError(f'none of the {len(paths)} images can be read: {unreadable[0]}')
    return SeenFiles(names, View.concatenate(views), unreadable)


def predict_files(
    model: TrainedModel, paths: Sequence[Path], out: Path, *, features: Path | None = None
) -> tuple[int, list[str]]:
    """Write path, class, confidence and the probability of each class.

    Args:
        model: Predicts.
        paths: Image files.
        out: The table.
        features: File for the features of the images in the table, in its order, shape ``(N, features)``.

    Returns:
        How many samples were predicted, and what could not be read.

    Raises:
        UserError: The model takes no images, or none of the files can be read.
    """
    seen = seen_files(model, paths)
    probabilities = seen.view.probabilities.numpy()
    write_whole(out, table(seen.names, probabilities, model.classes).encode('utf-8', 'surrogateescape'))
    if features is not None:
        held = io.BytesIO()
        np.save(held, seen.view.features.numpy())
        write_whole(features, held.getvalue())
    return len(seen.names), seen.unreadable


def _batches(
    model: TrainedModel, paths: Sequence[Path], unreadable: list[str]
) -> Iterator[tuple[list[str], Tensor]]:
    """Yield names and samples: those of arrays and tables file by file, then the images."""
    for path in filter(is_table, paths):
        names, values = read_samples(path, model.card.get('features') or ())
        for first in range(0, len(names), BATCH):
            yield names[first : first + BATCH], model.taken(values[first : first + BATCH])
    images = [path for path in paths if not is_table(path)]
    batch: list[tuple[str, Tensor]] = []
    # beside the result, which may be JSON
    quiet = not images or not sys.stderr.isatty()
    for path in track(
        images, description='images', transient=True, disable=quiet, console=Console(stderr=True)
    ):
        try:
            batch.append((str(path), model.read(path)))
        except UnreadableImageError as error:
            unreadable.append(str(error))
        if len(batch) == BATCH:
            yield _stacked(batch)
            batch = []
    if batch:
        yield _stacked(batch)


def _stacked(batch: Sequence[tuple[str, Tensor]]) -> tuple[list[str], Tensor]:
    return [name for name, _ in batch], torch.stack([image for _, image in batch])


def table(names: Sequence[str], probabilities: NDArray[np.float32], classes: Sequence[str]) -> str:
    """Return predictions as CSV: path, class, confidence, then a column for each class.

    A text that a spreadsheet would take for a formula has an apostrophe in front.
    """
    rows: list[list[str]] = [['path', 'class', 'confidence', *classes]]
    for name, row in zip(names, probabilities, strict=True):
        best = int(row.argmax())
        rows.append([name, classes[best], *(f'{value:.6f}' for value in (row[best], *row))])
    return csv_lines(rows)
