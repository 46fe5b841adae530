"""Arrays and tables of samples in files: vectors, series or images to predict."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dann.core.errors import UserError
from dann.core.limits import TooLargeError
from dann.core.numpy_files import load_array, open_arrays
from dann.core.regular import regular
from dann.datasets.own.feature_table import GIVEN, as_number
from dann.datasets.own.shared import delimiter_of, index_columns

TABLES = ('.npy', '.npz', '.csv')


def is_table(path: Path) -> bool:
    """Whether a file holds many samples: an array, or a table of numbers."""
    return path.suffix.lower() in TABLES


def read_samples(path: Path, features: Sequence[str] = ()) -> tuple[list[str], NDArray[Any]]:
    """Return the names of a file's samples, such as ``feats.csv:3``, and the samples.

    Args:
        path: ``.npy``, ``.npz`` with an array ``x``, or ``.csv`` without its columns domain, label and split.
        features: Names of the features that the model was trained on, which a table's columns are ordered by.

    Raises:
        UserError: It cannot be read, or lacks a column.
    """
    if path.suffix.lower() == '.csv':
        return _of_csv(path, features)
    try:
        values = _array(path)
    except TooLargeError as error:
        raise UserError(f'{path} {error}') from error
    except (OSError, ValueError, KeyError) as error:
        why = ' '.join(str(error).split())
        raise UserError(
            f'cannot read {path} ({why}); write it with numpy.save, or savez with an array x'
        ) from error
    if not values.ndim or not len(values):
        raise UserError(f'{path} holds no samples; write an array of shape (N, ...)')
    return [f'{path.name}[{row}]' for row in range(len(values))], values


def _array(path: Path) -> NDArray[Any]:
    if path.suffix.lower() == '.npy':
        return load_array(path)
    with open_arrays(path) as archive:
        return archive['x']


def _of_csv(path: Path, features: Sequence[str]) -> tuple[list[str], NDArray[np.float32]]:
    try:
        with regular(path).open(encoding='utf-8-sig', newline='') as file:
            reader = csv.reader(file, delimiter=delimiter_of(file))
            header = [name.strip() for name in next(reader, [])]
            lines = [(reader.line_num, cells) for cells in reader if cells]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f'cannot read {path} ({error}); save it as a CSV file in UTF-8') from error
    if not lines:
        raise UserError(f'{path} holds no samples; write a line for each below the names of the columns')
    wanted = list(features) or [name for name in header[index_columns(header) :] if name.lower() not in GIVEN]
    if absent := [name for name in wanted if name not in header]:
        raise UserError(f'{path} lacks the column {absent[0]!r} that the model was trained on; add it')
    places = [header.index(name) for name in wanted]
    rows = [[_number(cells, place, f'line {line} of {path}') for place in places] for line, cells in lines]
    return [f'{path.name}:{line}' for line, _ in lines], np.array(rows, np.float32)


def _number(cells: Sequence[str], place: int, where: str) -> float:
    number = as_number(cells[place].strip()) if place < len(cells) else None
    if number is None:
        text = cells[place] if place < len(cells) else ''
        raise UserError(f'{where} has {text!r} where a number is expected; mend it or delete the line')
    return number
