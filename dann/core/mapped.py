"""Arrays in files that are mapped into memory, with their place on the disk taken before the first value is written.

Without that, a disk that is full shows only when a page is written, and then the system kills the process (SIGBUS).
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

PART = 1 << 24  # bytes written at a time where a system takes no place otherwise


def new_mapped(path: Path, shape: tuple[int, ...], dtype: DTypeLike) -> Any:
    """Return a new array in an ``.npy`` file, all zeros, that is written to by assigning to it.

    Args:
        path: The file, which is written over.
        shape: Of the array.
        dtype: Of its values.

    Raises:
        OSError: The disk has no place for all of it.
    """
    kind = np.dtype(dtype)
    with path.open('wb') as file:
        header = {'descr': np.lib.format.dtype_to_descr(kind), 'fortran_order': False, 'shape': shape}
        np.lib.format.write_array_header_2_0(file, header)
        file.flush()
        _take(file.fileno(), file.tell(), math.prod(shape) * kind.itemsize)
    return np.lib.format.open_memmap(path, mode='r+')


def _take(file: int, begin: int, size: int) -> None:
    if size == 0:
        return
    if hasattr(os, 'posix_fallocate'):
        os.posix_fallocate(file, begin, size)
        return
    zeros = memoryview(bytes(min(size, PART)))
    while size:
        size -= os.write(file, zeros[: min(size, PART)])
