"""Published sets of arrays, tiny, in the layouts in which they come."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from published import drawn, write_idx, write_libsvm, write_matlab, write_npz

from dann.datasets import MNIST, SVHN, USPS
from dann.datasets.storage.array_domain import ArrayDomain

DIGITS = drawn(40, (28, 28), 0), drawn(20, (28, 28), 1)
SMALL = drawn(40, (16, 16), 2), drawn(20, (16, 16), 3)
HOUSES = drawn(40, (32, 32, 3), 4), drawn(20, (32, 32, 3), 5)
Write = Callable[[Path], object]


def write_houses(folder: Path) -> None:
    for name, part in zip(('train', 'test'), HOUSES, strict=True):
        write_matlab(folder / f'{name}_32x32.mat', *part)


def numbers(domain: ArrayDomain, split: str) -> list[int]:
    return [int(name.rpartition('/')[2]) for name in domain.ids(split)]


LAYOUTS: dict[str, tuple[Any, Any, Write]] = {
    'mnist npz': (MNIST, DIGITS, lambda root: write_npz(root / 'mnist/mnist.npz', *DIGITS)),
    'mnist npz alone': (MNIST, DIGITS, lambda root: write_npz(root / 'mnist.npz', *DIGITS)),
    'mnist idx': (MNIST, DIGITS, lambda root: write_idx(root / 'MNIST/raw', *DIGITS, packed=False)),
    'mnist idx gz': (MNIST, DIGITS, lambda root: write_idx(root / 'mnist', *DIGITS, packed=True)),
    'usps npz': (USPS, SMALL, lambda root: write_npz(root / 'usps/usps.npz', *SMALL)),
    'usps libsvm': (USPS, SMALL, lambda root: write_libsvm(root / 'usps', *SMALL)),
    'usps libsvm alone': (USPS, SMALL, lambda root: write_libsvm(root, *SMALL)),
    'svhn': (SVHN, HOUSES, lambda root: write_houses(root / 'svhn')),
    'svhn alone': (SVHN, HOUSES, lambda root: write_houses(root)),
}
