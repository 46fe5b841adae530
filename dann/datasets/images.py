"""Images of a split that are read when they are asked for, in place of a tensor that holds them all."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dann.core.errors import RunError
from dann.core.mapped import new_mapped
from dann.core.numpy_files import load_array
from dann.datasets.storage.decoding import Box, Fit, decoded, over_files


class LazyImages(ABC):
    """Images ``(N, C, H, W)`` outside memory; indexed like a tensor, by a slice or by positions ``(B,)``.

    Args:
        shape: ``(N, C, H, W)``; of stored features ``(N, ...)``.
        dtype: uint8 for images, a float type for stored features.
    """

    ahead: ClassVar[bool] = True  # whether processes that load ahead make reading faster

    def __init__(self, shape: tuple[int, ...], dtype: torch.dtype = torch.uint8) -> None:
        self.shape, self.dtype = shape, dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Tensor | slice) -> Tensor:
        positions = np.arange(len(self))[index.numpy() if isinstance(index, Tensor) else index]
        return self.read(positions)

    def drawn(self, positions: Tensor, generator: torch.Generator) -> Tensor:
        """Return what training reads at ``positions``: as any reader, unless there are several views to draw from."""
        return self[positions]

    def identity(self) -> str:
        """Return a hash of all that the content depends on."""
        digest = hashlib.sha256(repr((self.shape, self.dtype)).encode())
        for first in range(0, len(self), 1024):
            digest.update(self[first : first + 1024].contiguous().numpy().tobytes())
        return digest.hexdigest()

    @abstractmethod
    def read(self, positions: NDArray[np.int64]) -> Tensor:
        """Return uint8 images ``(B, C, H, W)``, or stored features ``(B, ...)``."""


Images: TypeAlias = Tensor | LazyImages


class ImageFiles(LazyImages):
    """Image files that are decoded each time.

    Args:
        paths: One file an image.
        size: Height and width to which each is brought.
        boxes: The part of each file that is its image; ``None`` for whole files.
        fit: How an image is made a square, as for ``decoded``.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        size: int,
        boxes: Sequence[Box | None] | None = None,
        fit: Fit = 'squash',
    ) -> None:
        super().__init__((len(paths), 3, size, size))
        self.paths, self.size, self.fit = list(paths), size, fit
        self.boxes = [None] * len(paths) if boxes is None else list(boxes)

    def identity(self) -> str:
        """Return a hash of paths, sizes, times of change and boxes: no file is decoded."""
        states = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in self.paths]
        return hashlib.sha256(repr((self.shape, states, self.boxes, self.fit)).encode()).hexdigest()

    def read(self, positions: NDArray[np.int64]) -> Tensor:
        """Decode the files at ``positions``."""
        pixels = np.empty((len(positions), *self.shape[1:]), np.uint8)
        for place, position in enumerate(positions.tolist()):
            pixels[place] = decoded(self.paths[position], self.size, self.boxes[position], self.fit)
        return torch.from_numpy(pixels)

    def decode_into(self, path: Path, title: str, advice: str) -> None:
        """Decode all of them, on threads, into an ``.npy`` file, which need not fit into memory.

        Args:
            path: The file.
            title: What the line of progress calls the work.
            advice: The next step, for the error on unreadable images.

        Raises:
            UserError: Some files cannot be decoded.
        """
        array = new_mapped(path, self.shape, np.uint8)

        def place(index: int, file: Path) -> None:
            array[index] = decoded(file, self.size, self.boxes[index], self.fit)

        over_files(place, self.paths, title, advice)
        array.flush()


class MappedImages(LazyImages):
    """Decoded images in an ``.npy`` file that is mapped into memory, not read into it.

    Args:
        path: The file, uint8, shape ``(N, C, H, W)``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._array: NDArray[np.uint8] | None = None
        super().__init__(self.array.shape)

    @property
    def array(self) -> NDArray[np.uint8]:
        """The mapped file."""
        if self._array is None:
            try:
                self._array = load_array(self.path, 'r')
            except (OSError, ValueError) as error:
                msg = f'cannot read {self.path} ({error}); delete {self.path.parent} to have it made anew'
                raise RunError(msg) from error
        assert self._array is not None
        return self._array

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {'_array': None}  # a map that is pickled would travel with all its pixels

    def read(self, positions: NDArray[np.int64]) -> Tensor:
        """Copy the images at ``positions`` out of the file."""
        return torch.from_numpy(np.asarray(self.array[positions]))


class Chosen(LazyImages):
    """Some of other images, in another order.

    Args:
        images: The others.
        positions: Which of them, shape ``(N,)``.
    """

    def __init__(self, images: LazyImages, positions: NDArray[np.int64]) -> None:
        super().__init__((len(positions), *images.shape[1:]), images.dtype)
        self.images, self.positions = images, positions

    def read(self, positions: NDArray[np.int64]) -> Tensor:
        """Read them from the others."""
        return self.images.read(self.positions[positions])

    def identity(self) -> str:
        """Return a hash of the others' identity and the positions."""
        return hashlib.sha256(f'{self.images.identity()} {self.positions.tolist()}'.encode()).hexdigest()


def identity(images: Images) -> str:
    """Return a hash of a split's content: equal for equal images, wherever they come from."""
    if isinstance(images, LazyImages):
        return images.identity()
    digest = hashlib.sha256(repr((tuple(images.shape), images.dtype)).encode())
    digest.update(images.contiguous().numpy().tobytes())
    return digest.hexdigest()


class Joined(LazyImages):
    """Images of several splits, one behind the other.

    Args:
        parts: Of the same size each, at least one.
    """

    def __init__(self, parts: Sequence[Images]) -> None:
        first = parts[0]
        super().__init__((sum(map(len, parts)), *first.shape[1:]), first.dtype)
        self.parts = list(parts)
        self.begins = np.cumsum([0, *map(len, parts)])

    def read(self, positions: NDArray[np.int64]) -> Tensor:
        """Read each from the part that holds it."""
        values = torch.empty((len(positions), *self.shape[1:]), dtype=self.dtype)
        owners = np.searchsorted(self.begins, positions, side='right') - 1
        for number, part in enumerate(self.parts):
            rows = np.flatnonzero(owners == number)
            if len(rows):
                own = torch.from_numpy(positions[rows] - self.begins[number])
                values[torch.from_numpy(rows)] = part[own]
        return values

    def identity(self) -> str:
        """Return a hash of the parts' identities."""
        return hashlib.sha256(' '.join(map(identity, self.parts)).encode()).hexdigest()


def joined(parts: Sequence[Images]) -> Images:
    """Return images one behind the other, without reading any that are not in memory."""
    tensors = [part for part in parts if isinstance(part, Tensor)]
    return torch.cat(tensors) if len(tensors) == len(parts) else Joined(parts)


def chosen(images: Images, positions: Tensor) -> Images:
    """Return the images at ``positions``, without reading any that are not in memory."""
    return images[positions] if isinstance(images, Tensor) else Chosen(images, positions.numpy())
