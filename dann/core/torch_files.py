"""Files of ``torch.save``: read without executing anything that they hold, and only if every byte is as written."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import torch

from dann.core.packed import zip_archive


class DamagedFileError(Exception):
    """A file holds no tensors, or not those that were written."""


def load(path: str | Path, *, map_location: str = 'cpu') -> Any:
    """Return what is in a file of tensors and plain values.

    ``torch.load`` skips the checksums of the zip archive that ``torch.save`` writes, so that a flipped bit would
    become another weight; here they are compared first.

    Args:
        path: The file.
        map_location: As for ``torch.load``.

    Raises:
        DamagedFileError: The file is damaged, or holds something else.
        OSError: It cannot be read.
    """
    try:
        _check_sums(Path(path))
        return torch.load(path, map_location=map_location, weights_only=True)
    except (OSError, DamagedFileError):
        raise
    except Exception as error:  # of anything but a checkpoint the unpickler may raise any error
        raise DamagedFileError(' '.join(str(error).split())[:200] or type(error).__name__) from error


def _check_sums(path: Path) -> None:
    if not zipfile.is_zipfile(path):
        return  # written before torch 1.6, or no such file, which `torch.load` finds
    with zip_archive(path) as archive:
        if (name := archive.testzip()) is not None:
            raise DamagedFileError(f'the checksum of its part {name} is another')
