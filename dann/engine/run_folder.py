"""The numbered folder of a run, which is gone again where the run was refused before its first step."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dann.core.errors import CheckError, UserError


def next_folder(parent: Path) -> Path:
    """Return the folder after the one with the highest number."""
    taken = [int(path.name) for path in parent.glob('*') if path.name.isdigit()]
    return parent / f'{max(taken, default=-1) + 1:03d}'


@contextmanager
def kept_if_begun(folder: Path | None) -> Iterator[None]:
    """Remove a new folder where its run is refused and has neither scores nor a checkpoint.

    Args:
        folder: Of the run; ``None`` where it has none of its own.
    """
    try:
        yield
    except (UserError, CheckError):
        if folder is not None and not any(folder.rglob('*.ckpt')) and not (folder / 'metrics.csv').exists():
            shutil.rmtree(folder, ignore_errors=True)
        raise
