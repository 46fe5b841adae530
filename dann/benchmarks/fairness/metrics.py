"""Metrics of groups of the user's own, named by dotted paths."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dann.core.errors import UserError
from dann.engine.catalogue import imported
from dann.stats.grouped import ACROSS, Metric


def metrics(paths: Sequence[str]) -> dict[str, Metric]:
    """Return the functions that dotted paths name, by the functions' names.

    Args:
        paths: For example ``my_metrics.spread``.

    Raises:
        UserError: One cannot be imported or is no such function, or two have one name.
    """
    found: dict[str, Metric] = {}
    for path in dict.fromkeys(paths):
        name = path.rpartition('.')[2]
        if name in found or name in ACROSS:
            raise UserError(f'the metric {name} is there already; give yours another name')
        found[name] = _checked(path, imported('metric', path))
    return found


def _checked(path: str, metric: Metric) -> Metric:
    """Return a metric that takes counts of any shape before the groups; try it on some."""
    counts = np.ones((2, 3, 4, 4), dtype=np.int64)  # two draws, three groups, four classes
    try:
        shape = np.shape(metric(counts))
    except Exception as error:
        # a user's function may raise anything
        raise UserError(f'{path} cannot be used ({type(error).__name__}: {error}); {_WANTED}') from error
    if shape != (2,):
        raise UserError(f'{path} returned shape {shape} for counts of shape {counts.shape}; {_WANTED}')
    return metric


_WANTED = 'let it take counts of shape (..., groups, true classes, predicted classes) and return shape (...)'
