"""Arrays that a job left behind, read with an error that says what to do about a damaged file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from dann.core import numpy_files
from dann.core.errors import RunError
from dann.core.numpy_files import open_arrays
from dann.core.sealed import check_sealed

Arrays = dict[str, NDArray[Any]]


def load_arrays(path: Path, expected: Sequence[str]) -> Arrays:
    """Return the arrays in the ``.npz`` file at ``path``.

    Args:
        path: The file.
        expected: Names of arrays that must be in it.

    Raises:
        RunError: The file is damaged, is not as its job has left it, or an expected array is missing.
    """
    check_sealed(path)
    try:
        with open_arrays(path) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError) as error:
        raise _broken(path, str(error)) from error
    check_arrays(path, arrays, expected)
    return arrays


def check_arrays(path: Path, arrays: Arrays, expected: Sequence[str]) -> None:
    """Raise ``RunError`` where an expected array is missing from those of the file at ``path``."""
    if missing := [name for name in expected if name not in arrays]:
        raise _broken(path, f'expected an array {missing[0]!r}, got {", ".join(arrays)}')


def load_array(path: Path) -> NDArray[Any]:
    """Return the array in the ``.npy`` file at ``path``.

    Raises:
        RunError: The file is damaged, or is not as its job has left it.
    """
    check_sealed(path)
    try:
        return numpy_files.load_array(path)
    except (OSError, ValueError) as error:
        raise _broken(path, str(error)) from error


def _broken(path: Path, reason: str) -> RunError:
    return RunError(f'cannot read {path} ({reason}); delete {path.parent} and run the benchmark again')
