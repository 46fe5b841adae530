"""Figures of the files that jobs save: features and confusion matrices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dann.benchmarks.report.table import Table
from dann.benchmarks.results.arrays import Arrays, load_array, load_arrays
from dann.benchmarks.results.opened import Results
from dann.core.colours import BLUE
from dann.reporting import palette
from dann.reporting.dark import INK, ON_COLOUR, dark
from dann.reporting.notation import CEILING_TAG

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[Any]

MOST_ANNOTATED = 12
FEATURES = ('source', 'target', 'source_labels', 'target_labels', 'classes')


def principal_plane(features: Array) -> Array:
    """Coordinates of ``features``, shape ``(N, D)``, in the plane of largest variance, shape ``(N, 2)``.

    The sign of an axis is arbitrary; here its largest loading is positive.
    """
    centred = features.astype(np.float64) - features.mean(axis=0, dtype=np.float64)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
    axes = axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
    plane: Array = centred @ axes.T
    return np.pad(plane, [(0, 0), (0, 2 - plane.shape[1])])


def feature_map(results: Results, table: Table) -> tuple[palette.Drawn, bytes] | None:
    """Features of both domains before and after adaptation, coloured by domain and by class.

    Returns:
        The figure, and a PNG of it for a dark page; ``None`` where jobs left no features.
    """
    names = [row.method for row in (table.baseline, table.best) if row is not None]
    found = {name: results.leftovers(name, 'features.npz')[:1] for name in names}
    loaded = {name: load_arrays(path, FEATURES) for name, paths in found.items() for path in paths}
    if not loaded:
        return None
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # a small decomposition, which several threads make slower
        planes = {
            name: principal_plane(np.concatenate([arrays['source'], arrays['target']]))
            for name, arrays in loaded.items()
        }
    return _map(loaded, planes), _map(loaded, planes, for_dark=True)['png']


def _map(loaded: dict[str, Arrays], planes: dict[str, Array], *, for_dark: bool = False) -> palette.Drawn:
    with palette.look(for_dark=for_dark):
        figure = palette.new_figure(9.5, 4.1 * len(loaded))
        grid = figure.subplots(len(loaded), 2, squeeze=False)
        for (by_domain, by_class), (name, arrays) in zip(grid, loaded.items(), strict=True):
            _scatter(by_domain, by_class, planes[name], arrays, dark if for_dark else str)
            by_domain.set_title(f'{palette.drawable(name)}, by domain')
            by_class.set_title(f'{palette.drawable(name)}, by class')
        return palette.encoded(figure, ('png',) if for_dark else palette.FORMATS)


def _scatter(
    by_domain: Axes, by_class: Axes, plane: Array, arrays: Arrays, shade: Callable[[str], str]
) -> None:
    classes = [palette.drawable(str(each)) for each in arrays['classes']]
    parts = {'source': plane[: len(arrays['source'])], 'target': plane[len(arrays['source']) :]}
    for domain, points in parts.items():
        marker, colour = palette.DOMAIN_MARKERS[domain], shade(palette.DOMAIN_COLOURS[domain])
        _dots(by_domain, points, marker, colour, domain)
        for index, label in enumerate(classes):
            own = points[arrays[f'{domain}_labels'] == index]
            colour = shade(palette.CLASS_COLOURS[index % len(palette.CLASS_COLOURS)])
            shown = label if domain == 'source' else None
            _dots(by_class, own, marker, colour, shown)
    for axes in (by_domain, by_class):
        axes.set_xticks([])
        axes.set_yticks([])
    by_domain.legend(markerscale=1.6, handletextpad=0.2)
    if len(classes) <= MOST_ANNOTATED:
        by_class.legend(loc='center left', bbox_to_anchor=(1, 0.5), markerscale=1.6, handletextpad=0.2)


def _dots(axes: Axes, points: Array, marker: str, colour: str, label: str | None) -> None:
    x, y = points.T
    axes.scatter(x, y, s=16, marker=marker, color=colour, alpha=0.6, linewidth=0, label=label)


def confusion_matrices(results: Results, table: Table, classes: Sequence[str]) -> palette.Drawn | None:
    """Confusions on the target's test split, summed over seeds: source-only, the best row and the ceiling.

    Args:
        results: The opened run folder.
        table: Its table.
        classes: Names in the order of the matrices; others than these are numbered.
    """
    names = [row.method for row in (table.baseline, table.best, table.ceiling) if row is not None]
    paths = {name: results.leftovers(name, 'confusion.npy') for name in names}
    counts = {name: sum(load_array(path) for path in found) for name, found in paths.items() if found}
    if not counts:
        return None
    with palette.look():
        figure = palette.new_figure(4 * len(counts) + 0.6, 4.1)
        grid = figure.subplots(1, len(counts), squeeze=False).ravel()
        for axes, (name, matrix) in zip(grid, counts.items(), strict=True):
            ceiling = table.ceiling is not None and name == table.ceiling.method
            below = f'({CEILING_TAG})' if ceiling else ''
            _confusion(axes, np.asarray(matrix), classes, f'{palette.drawable(name)}\n{below}')
        grid[0].set_ylabel('true class')
        return palette.encoded(figure)


def class_names(results: Results, table: Table) -> list[str]:
    """Return the names of the classes as some job saved them; none where no job did."""
    for row in table.rows:
        for path in results.leftovers(row.method, 'features.npz')[:1]:
            return [str(name) for name in load_arrays(path, FEATURES)['classes']]
    return []


def _confusion(axes: Axes, counts: Array, classes: Sequence[str], title: str) -> None:
    from matplotlib.colors import to_rgba

    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = len(counts)
    names = (
        [*map(palette.drawable, classes)] if len(classes) == size else [str(index) for index in range(size)]
    )
    ground = np.full((*share.shape, 4), to_rgba(BLUE))
    ground[..., 3] = share  # transparent where there is nothing, so that it lies on paper or a dark page
    axes.imshow(ground, interpolation='nearest')
    axes.set_title(title)
    axes.set_xlabel('predicted class')
    axes.spines[:].set_visible(False)
    if size > MOST_ANNOTATED:
        axes.set_xticks([])
        axes.set_yticks([])
        return
    axes.set_xticks(range(size), names, rotation=45, ha='right', rotation_mode='anchor')
    axes.set_yticks(range(size), names)
    for (true, predicted), value in np.ndenumerate(share):
        if round(100 * value):
            colour = ON_COLOUR if value > 0.55 else INK
            text = f'{100 * value:.0f}'
            # inside its cell, so that the layout has no need to measure it
            style: dict[str, Any] = {
                'ha': 'center',
                'va': 'center',
                'color': colour,
                'fontsize': 8,
                'in_layout': False,
            }
            axes.text(predicted, true, text, **style)
