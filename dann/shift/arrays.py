"""The two feature matrices of every distance, checked."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dann.core.errors import check

Array = NDArray[np.float64]


def two_domains(source: ArrayLike, target: ArrayLike, *, at_least: int = 2) -> tuple[Array, Array]:
    """Return both feature matrices in double precision.

    Args:
        source: Features, shape ``(Ns, D)``.
        target: Features, shape ``(Nt, D)``.
        at_least: Samples that each needs.

    Raises:
        ValueError: Shapes that do not fit, too few samples, or values that are not finite.
    """
    left, right = (np.ascontiguousarray(each, np.float64) for each in (source, target))
    check(
        left.ndim == right.ndim == 2 and left.shape[1] == right.shape[1] > 0,
        f'expected features of shape (Ns, D) and (Nt, D), got {left.shape} and {right.shape}',
    )
    check(
        min(len(left), len(right)) >= at_least,
        f'expected at least {at_least} samples a domain, got {len(left)} and {len(right)}; add samples',
    )
    for name, features in (('source', left), ('target', right)):
        check(
            bool(np.isfinite(features).all()), f'expected finite features, got NaN or infinity in the {name}'
        )
    return left, right
