"""How sure figures of groups are: bootstrap intervals over samples, and what chance alone makes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dann.core.errors import check
from dann.stats.calibration import excess
from dann.stats.group_rates import group_accuracies, group_counts
from dann.stats.grouped import ACCURACY, ACROSS, CALIBRATION, ODDS, PARITY, Grouped

DRAWS = 999
SHUFFLES = 199
LARGEST = 2_000_000  # numbers that are held at a time
LEVEL = 95
Interval = tuple[float, float]


def group_intervals(grouped: Grouped, draws: int = DRAWS, seed: int = 0) -> dict[str, Interval]:
    """Return a 95 % interval for each of ``grouped.figures``: percentiles of the bootstrap over samples.

    As many samples of each group are drawn with replacement as it has. A lowest or a largest figure of several lies
    within its interval, and its bootstrap lies lower, or higher, than it: with small groups a difference of 0 is out of
    reach.

    Args:
        grouped: The predictions.
        draws: How often to draw.
        seed: Of the drawing.
    """
    drawn = _drawn(grouped, draws, seed)
    return {name: _interval(np.concatenate(values)) for name, values in drawn.items()}


def difference_intervals(
    after: Grouped, before: Grouped, draws: int = DRAWS, seed: int = 0
) -> dict[str, Interval]:
    """Return a 95 % interval for each figure of ``after`` minus the same of ``before``, over samples drawn for both.

    Args:
        after: Predictions of one network.
        before: Those of another, on the same samples.
        draws: How often to draw.
        seed: Of the drawing.

    Raises:
        CheckError: The samples are others.
    """
    same = np.array_equal(after.true, before.true) and np.array_equal(after.group, before.group)
    check(same, 'expected predictions of two networks on the same samples, got others')
    generator, members = np.random.default_rng(seed), _members(after)
    found: dict[str, list[NDArray[np.float64]]] = {}
    for size in _chunks(draws, after.counts.size):
        indices = [
            np.concatenate([own[generator.integers(len(own), size=len(own))] for own in members])
            for _ in range(size)
        ]
        new, old = _figures_at(after, indices), _figures_at(before, indices)
        for name, values in new.items():
            found.setdefault(name, []).append(values - old[name])
    return {name: _interval(np.concatenate(values)) for name, values in found.items()}


def _members(grouped: Grouped) -> list[NDArray[np.int64]]:
    found = [np.flatnonzero(grouped.members(place)) for place in range(len(grouped.names))]
    return [each for each in found if len(each)]


def _figures_at(grouped: Grouped, indices: list[NDArray[np.int64]]) -> dict[str, NDArray[np.float64]]:
    """Return the figures of several choices of samples, each of shape ``(B,)``."""
    counts = np.stack([_counts_at(grouped, index) for index in indices])
    table = excess(grouped.confidence, grouped.true == grouped.predicted)
    found = _of_counts(grouped, counts)
    for place, name in enumerate(grouped.names):
        if count := int(grouped.members(place).sum()):
            own = (index[grouped.group[index] == place] for index in indices)
            found[f'{name}/{CALIBRATION}'] = np.array(
                [np.abs(table[each].sum(axis=0)).sum() / count for each in own]
            )
    return found


def _counts_at(grouped: Grouped, index: NDArray[np.int64]) -> NDArray[np.int64]:
    true, predicted, group = (each[index] for each in (grouped.true, grouped.predicted, grouped.group))
    return group_counts(true, predicted, group, grouped.classes, len(grouped.names))


def _of_counts(grouped: Grouped, counts: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Return the figures that counts ``(B, G, C, C)`` tell; of groups that have samples."""
    accuracies = group_accuracies(counts)
    own = {
        f'{name}/{ACCURACY}': accuracies[:, place]
        for place, name in enumerate(grouped.names)
        if grouped.sizes[name]
    }
    return own | {name: figure(counts) for name, figure in grouped.across.items()}


def by_chance(grouped: Grouped, shuffles: int = SHUFFLES, seed: int = 0) -> dict[str, float]:
    """Return the differences that 95 of 100 networks stay below that treat all groups alike.

    Groups are shuffled among the samples of each class, so that a prediction depends on the class alone.

    Args:
        grouped: The predictions.
        shuffles: How often to shuffle.
        seed: Of the shuffling.
    """
    generator = np.random.default_rng(seed)
    order = np.argsort(grouped.true, kind='stable')
    found: dict[str, list[float]] = {PARITY: [], ODDS: []}
    for _ in range(shuffles):
        mixed = np.lexsort((generator.random(len(order)), grouped.true))
        group = np.empty_like(grouped.group)
        group[order] = grouped.group[mixed]
        counts = group_counts(grouped.true, grouped.predicted, group, grouped.classes, len(grouped.names))
        for name, values in found.items():
            values.append(float(ACROSS[name](counts)))
    return {name: float(np.percentile(values, LEVEL)) for name, values in found.items()}


def _drawn(grouped: Grouped, draws: int, seed: int) -> dict[str, list[NDArray[np.float64]]]:
    """Return the figures of each draw, in chunks."""
    generator = np.random.default_rng(seed)
    found: dict[str, list[NDArray[np.float64]]] = {}
    for counts in _resampled(grouped.counts, draws, generator):
        for name, values in _of_counts(grouped, counts).items():
            found.setdefault(name, []).append(values)
    right = grouped.true == grouped.predicted
    for place, name in enumerate(grouped.names):
        own = grouped.members(place)
        if own.any():
            table = excess(grouped.confidence[own], right[own])
            found[f'{name}/{CALIBRATION}'] = [*_calibrations(table, draws, generator)]
    return found


def _resampled(
    counts: NDArray[np.int64], draws: int, generator: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Yield counts of samples drawn anew from each group, shape ``(B, G, C, C)``."""
    sizes = counts.sum(axis=(1, 2))
    shares = counts.reshape(len(counts), -1) / np.maximum(sizes, 1)[:, None]
    shares[sizes == 0, 0] = 1.0  # of nothing, nothing is drawn
    for size in _chunks(draws, counts.size):
        drawn = [
            generator.multinomial(count, share, size=size) for count, share in zip(sizes, shares, strict=True)
        ]
        yield np.stack(drawn, axis=1).reshape(size, *counts.shape)


def _calibrations(
    table: NDArray[np.float64], draws: int, generator: np.random.Generator
) -> Iterator[NDArray[np.float64]]:
    count = len(table)
    for size in _chunks(draws, count):
        weights = generator.multinomial(count, np.full(count, 1 / count), size=size)
        yield np.abs(weights @ table).sum(axis=1) / count


def _chunks(draws: int, each: int) -> Iterator[int]:
    most = max(1, LARGEST // max(each, 1))
    for start in range(0, draws, most):
        yield min(most, draws - start)


def _interval(values: NDArray[np.float64]) -> Interval:
    low, high = np.percentile(values, [(100 - LEVEL) / 2, (100 + LEVEL) / 2])
    return float(low), float(high)
