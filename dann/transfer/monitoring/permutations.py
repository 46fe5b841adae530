"""The permutation test of a window against a reference, which stops as soon as it is clear that nothing has moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dann.core.errors import check
from dann.shift.arrays import Array
from dann.shift.mmd import kernel_matrix, mmd_of_labellings

BEYOND = 20  # permutations beyond the window's own value, after which no more are drawn
FIRST, CHUNK = 64, 512  # permutations that are computed at once
GATHERED = 128  # members of a set at most, beyond which a product with the kernel is faster
MOST_LABELS = 4_000_000  # of that product at once
TIE = 1e-12  # sums of the same terms in another order differ in the last digits
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class PermutationTest:
    """Squared discrepancy of a window and the reference, and whether it could be chance.

    Args:
        value: Unbiased, so it may be below 0.
        p_value: Of the hypothesis that both come from one distribution.
        drawn: Permutations that it rests on.
    """

    value: float
    p_value: float
    drawn: int


def mmd_of_members(kernel: Array, members: Places) -> Array:
    """Unbiased squared MMD between each of many sets of samples and all the others.

    The same as ``dann.shift.mmd.mmd_of_labellings``. Of sets of up to ``GATHERED`` members, such as windows of usual
    size, it reads the ``n`` squared values of the kernel between them alone; larger ones go there, some at a time, so
    that memory grows with the kernel and not with ``n`` squared times ``P``.

    Args:
        kernel: Of all pairs, zero on the diagonal, shape ``(N, N)``.
        members: Positions of each set, all different within a set, shape ``(P, n)``.

    Returns:
        Shape ``(P,)``.
    """
    n = members.shape[1]
    if n > GATHERED:
        step = max(1, MOST_LABELS // len(kernel))
        parts = [members[first : first + step] for first in range(0, len(members), step)]
        return np.concatenate([mmd_of_labellings(kernel, _labels(len(kernel), part)) for part in parts])
    m = len(kernel) - n
    rows = kernel.sum(axis=0)
    within = kernel[members[:, :, None], members[:, None, :]].sum(axis=(1, 2))
    touched = rows[members].sum(axis=1)
    value: Array = (
        within / (n * (n - 1))
        + (rows.sum() - 2 * touched + within) / (m * (m - 1))
        - 2 * (touched - within) / (n * m)
    )
    return value


def _labels(total: int, members: Places) -> Array:
    """Return a column of 0 and 1 for each set, shape ``(total, P)``."""
    labels = np.zeros((total, len(members)))
    np.put_along_axis(labels, members.T, 1, axis=0)
    return labels


def permutation_p_value(
    kernel: Array, own: Places, most: int, draw: np.random.Generator, beyond: int = BEYOND
) -> PermutationTest:
    r"""Permutation test of one set of samples against all others, with a number of permutations that depends on it.

    Random sets are drawn one after another until ``h`` of them have a discrepancy of at least the set's own, after
    ``l`` draws, or until there are ``P``, of which ``b`` have:

    .. math:: p = h / l \quad\text{or}\quad p = (1 + b) / (1 + P)

    Either way :math:`\Pr(p \le a) \le a` for every ``a`` if nothing has moved. A large p-value takes few draws, and a
    small one as many as it needs.

    Args:
        kernel: As for ``mmd_of_members``.
        own: Positions of the samples to test, shape ``(n,)``, ``n`` and ``N - n`` at least 2.
        most: The number ``P``, above 0.
        draw: What draws them.
        beyond: The number ``h``, above 0.

    Reference:
        Besag and Clifford, "Sequential Monte Carlo p-values", Biometrika 1991, section 2.
    """
    check(most > 0, f'expected `most` above 0, got {most}')
    value = float(mmd_of_members(kernel, own[None])[0])
    found, drawn = 0, 0
    for members in _random_sets(len(kernel), len(own), most, draw):
        counted = found + np.cumsum(mmd_of_members(kernel, members) >= value - TIE)
        if counted[-1] >= beyond:
            drawn += 1 + int(np.argmax(counted >= beyond))
            return PermutationTest(value, beyond / drawn, drawn)
        found, drawn = int(counted[-1]), drawn + len(members)
    return PermutationTest(value, (1 + found) / (1 + most), most)


def _random_sets(total: int, size: int, most: int, draw: np.random.Generator) -> Iterator[Places]:
    """Yield ``most`` random sets of ``size`` of ``total`` positions, some at a time, shape ``(P, size)``."""
    done = 0
    while done < most:
        count = min(CHUNK if done else FIRST, most - done)
        yield draw.random((count, total)).argpartition(size - 1, axis=1)[:, :size]
        done += count


def window_test(
    reference: Array, window: Array, most: int, draw: np.random.Generator, beyond: int = BEYOND
) -> PermutationTest:
    """Permutation test of the MMD between a reference and a window, under the kernel of ``dann.shift.mmd``.

    Args:
        reference: Features, shape ``(m, D)``, at least 2.
        window: Features, shape ``(n, D)``, at least 2.
        most: Permutations at most.
        draw: What draws them.
        beyond: As for ``permutation_p_value``.

    Raises:
        ValueError: Shapes that do not fit, or too few samples.
    """
    kernel = kernel_matrix(reference, window)
    return permutation_p_value(kernel, np.arange(len(reference), len(kernel)), most, draw, beyond)
