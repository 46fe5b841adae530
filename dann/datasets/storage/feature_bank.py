"""Features of a split's images, extracted once and kept in the cache as a memory map."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dann.core.mapped import new_mapped
from dann.core.numpy_files import load_array
from dann.core.progress_bar import counted
from dann.datasets.images import Images, LazyImages
from dann.datasets.storage.made_once import made_once, place, seal, writing
from dann.datasets.storage.stored_folder import StoredFolder

KIND = 'features'
FILE = 'features.npy'
CHUNK = 64  # images that are extracted together
Extract = Callable[[int, slice], Tensor]


class Views(LazyImages):
    """Stored features of images as they are, for evaluation, and in views of which training draws one at random.

    Args:
        plain: Of the images as they are, shape ``(N, ...)``.
        values: Of the views, shape ``(V, N, ...)``.
    """

    ahead = False

    def __init__(self, plain: Images, values: Tensor) -> None:
        super().__init__(tuple(plain.shape), plain.dtype)
        self.plain, self.values = plain, values

    def read(self, positions: NDArray[np.int64]) -> Tensor:
        """Return them as they are."""
        return self.plain[torch.from_numpy(positions)]

    def drawn(self, positions: Tensor, generator: torch.Generator) -> Tensor:
        """Return a random view of each."""
        view = torch.randint(len(self.values), (len(positions),), generator=generator)
        return self.values[view, positions]


class Picked(LazyImages):
    """Stored features of some of a domain's images: the first view for evaluation, any of them for training.

    Args:
        views: One or more, of shape ``(M, ...)`` each.
        places: Of the images among the ``M``, shape ``(N,)``.
    """

    ahead = False

    def __init__(self, views: Sequence[Tensor], places: Tensor) -> None:
        super().__init__((len(places), *views[0].shape[1:]), views[0].dtype)
        self.views, self.places = list(views), places

    def read(self, positions: NDArray[np.int64]) -> Tensor:
        """Return the first view."""
        return self.views[0][self.places[torch.from_numpy(positions)]]

    def drawn(self, positions: Tensor, generator: torch.Generator) -> Tensor:
        """Return a random view of each."""
        places = self.places[positions]
        values = self.views[0][places]
        if len(self.views) > 1:
            which = torch.randint(len(self.views), (len(places),), generator=generator)
            for number, view in enumerate(self.views[1:], 1):
                values[which == number] = view[places[which == number]]
        return values


def stored(extract: Extract, views: int, count: int, facts: dict[str, Any], title: str) -> Tensor:
    """Return the features that ``facts`` describe, from the cache, or extracted now and kept there.

    An extraction that was killed goes on where it was; two processes that want the same features extract them once.

    Args:
        extract: Returns float32 features ``(B, ...)`` of a view, from 0, and a slice of the images.
        views: How many there are.
        count: Images.
        facts: All that the features depend on, ready for JSON.
        title: What the line of progress calls the work.

    Returns:
        A tensor ``(V, N, ...)`` mapped from the file.

    Raises:
        RunError: The cache cannot be written, or a kept file is damaged.
    """

    def make(draft: Path) -> None:
        _make(draft, extract, (views, count), facts, title)

    opened = made_once(KIND, facts, make)
    opened.verify(FILE)
    return torch.from_numpy(load_array(opened.path / FILE, 'c'))


def seconds(facts: dict[str, Any]) -> float:
    """Return how long the extraction of kept features took, whichever run it was in; 0 where that is not known."""
    return float(StoredFolder(place(KIND, facts)).manifest.get('seconds', 0.0))


def _make(draft: Path, extract: Extract, shape: tuple[int, int], facts: dict[str, Any], title: str) -> None:
    draft.mkdir(exist_ok=True)
    (array, done, before), began = _opened(draft, shape), time.monotonic()
    views, count = shape
    jobs = [(view, first) for view in range(views) for first in range(0, count, CHUNK)]
    for number, (view, first) in counted(jobs, done, title):
        part = slice(first, min(first + CHUNK, count))
        values = extract(view, part).numpy()
        if array is None:
            with writing(draft.parent):
                array = new_mapped(draft / FILE, (*shape, *values.shape[1:]), np.float32)
        array[view, part] = values
        if number % 8 == 7:
            _note(draft, array, number + 1, before + time.monotonic() - began)
    assert array is not None
    taken = round(before + time.monotonic() - began, 3)
    with writing(draft.parent):
        array.flush()
        seal(draft, facts, taken, FILE)
        (draft / 'done').unlink(missing_ok=True)


def _note(draft: Path, array: Any, done: int, taken: float) -> None:
    """Leave word of how many chunks are done, for whoever goes on after a kill."""
    with writing(draft.parent):
        array.flush()
        (draft / 'done').write_text(f'{done} {taken}', encoding='utf-8')


def _opened(draft: Path, shape: tuple[int, int]) -> tuple[Any, int, float]:
    """Return what a killed extraction left, its whole chunks and its seconds; ``None``, 0 and 0 for nothing."""
    try:
        done, *spent = (draft / 'done').read_text(encoding='utf-8').split()
        array = np.lib.format.open_memmap(draft / FILE, mode='r+')
        if array.shape[:2] == shape and array.dtype == np.float32:
            return array, int(done), float(spent[0]) if spent else 0.0
    except (OSError, ValueError):
        pass
    shutil.rmtree(draft)
    draft.mkdir()
    return None, 0, 0.0
