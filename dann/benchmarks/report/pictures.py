"""Figures of the files that jobs save: images, features and confusion matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dann.benchmarks.report.table import Table
from dann.benchmarks.results.arrays import Arrays, load_array, load_arrays
from dann.benchmarks.results.opened import Results
from dann.reporting import palette
from dann.reporting.notation import CEILING_TAG

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[Any]

COLUMNS = 8
MOST_ANNOTATED = 12
FEATURES = ('source', 'target', 'source_labels', 'target_labels', 'classes')


def domain_sheet(results: Results, table: Table) -> bytes | None:
    """Rows of images: both domains, then the source in the target's style by each row that has a style."""
    strips = _strips(results, table)
    return _sheet(strips) if strips else None


def _sheet(strips: Sequence[tuple[str, Array]]) -> bytes:
    with palette.look():
        figure = palette.new_figure(9.5, 0.2 + 0.95 * len(strips))
        for axes, (label, images) in zip(
            figure.subplots(len(strips), 1, squeeze=False).ravel(), strips, strict=True
        ):
            axes.imshow(_strip(images), interpolation='nearest', cmap='gray', vmin=0, vmax=255)
            axes.set_ylabel(label, rotation=0, ha='right', va='center', labelpad=8)
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set_visible(False)
        return palette.encode(figure)


def contact_sheet(results: Results) -> bytes | None:
    """Rows of the same scenes under several renderings, where the target domain has such rows to show."""
    path = results.path / 'contact.npz'
    return _sheet(list(load_arrays(path, ()).items())) if path.exists() else None


def _strips(results: Results, table: Table) -> list[tuple[str, Array]]:
    strips: list[tuple[str, Array]] = []
    first: Array | None = None
    for row in table.rows:
        for path in results.leftovers(row.method, 'samples.npz')[:1]:
            samples = load_arrays(path, ('source', 'target'))
            if first is None:
                first = samples['source']
                strips += [
                    (f'source\n{palette.drawable(table.source)}', first),
                    (f'target\n{palette.drawable(table.target)}', samples['target']),
                ]
            if 'stylised' in samples:
                if not np.array_equal(samples['source'], first):
                    strips.append((f'source of\n{row.method}', samples['source']))
                strips.append((f'source by\n{row.method}', samples['stylised']))
    return strips


def _strip(images: Array) -> Array:
    tiles = images[:COLUMNS].transpose(0, 2, 3, 1)
    blank = COLUMNS - len(tiles)
    tiles = np.pad(tiles, [(0, blank), (1, 1), (1, 1), (0, 0)], constant_values=255)
    strip = np.concatenate(list(tiles), axis=1)
    return strip[..., 0] if strip.shape[-1] == 1 else strip[..., :3]


def principal_plane(features: Array) -> Array:
    """Coordinates of ``features``, shape ``(N, D)``, in the plane of largest variance, shape ``(N, 2)``.

    The sign of an axis is arbitrary; here its largest loading is positive.
    """
    centred = features.astype(np.float64) - features.mean(axis=0, dtype=np.float64)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
    axes = axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
    plane: Array = centred @ axes.T
    return np.pad(plane, [(0, 0), (0, 2 - plane.shape[1])])


def feature_map(results: Results, table: Table) -> bytes | None:
    """Features of both domains before and after adaptation, coloured by domain and by class."""
    names = [row.method for row in (table.baseline, table.best) if row is not None]
    found = {name: results.leftovers(name, 'features.npz')[:1] for name in names}
    loaded = {name: load_arrays(path, FEATURES) for name, paths in found.items() for path in paths}
    if not loaded:
        return None
    with palette.look():
        figure = palette.new_figure(9.5, 4.1 * len(loaded))
        grid = figure.subplots(len(loaded), 2, squeeze=False)
        for (by_domain, by_class), (name, arrays) in zip(grid, loaded.items(), strict=True):
            _scatter(by_domain, by_class, name, arrays)
        return palette.encode(figure)


def _scatter(by_domain: Axes, by_class: Axes, name: str, arrays: Arrays) -> None:
    plane = principal_plane(np.concatenate([arrays['source'], arrays['target']]))
    classes = [palette.drawable(str(each)) for each in arrays['classes']]
    parts = {'source': plane[: len(arrays['source'])], 'target': plane[len(arrays['source']) :]}
    for domain, points in parts.items():
        marker, colour = palette.DOMAIN_MARKERS[domain], palette.DOMAIN_COLOURS[domain]
        _dots(by_domain, points, marker, colour, domain)
        for index, label in enumerate(classes):
            own = points[arrays[f'{domain}_labels'] == index]
            colour = palette.CLASS_COLOURS[index % len(palette.CLASS_COLOURS)]
            shown = label if domain == 'source' else None
            _dots(by_class, own, marker, colour, shown)
    by_domain.set_title(f'{name}, by domain')
    by_class.set_title(f'{name}, by class')
    for axes in (by_domain, by_class):
        axes.set_xticks([])
        axes.set_yticks([])
    by_domain.legend(markerscale=1.6, handletextpad=0.2)
    if len(classes) <= MOST_ANNOTATED:
        by_class.legend(loc='center left', bbox_to_anchor=(1, 0.5), markerscale=1.6, handletextpad=0.2)


def _dots(axes: Axes, points: Array, marker: str, colour: str, label: str | None) -> None:
    x, y = points.T
    axes.scatter(x, y, s=16, marker=marker, color=colour, alpha=0.6, linewidth=0, label=label)


def confusion_matrices(results: Results, table: Table) -> bytes | None:
    """Confusions on the target's test split, summed over seeds: source-only, the best row and the ceiling."""
    names = [row.method for row in (table.baseline, table.best, table.ceiling) if row is not None]
    paths = {name: results.leftovers(name, 'confusion.npy') for name in names}
    counts = {name: sum(load_array(path) for path in found) for name, found in paths.items() if found}
    if not counts:
        return None
    classes = _classes(results, table)
    with palette.look():
        figure = palette.new_figure(4 * len(counts) + 0.6, 4.1)
        grid = figure.subplots(1, len(counts), squeeze=False).ravel()
        for axes, (name, matrix) in zip(grid, counts.items(), strict=True):
            ceiling = table.ceiling is not None and name == table.ceiling.method
            _confusion(
                axes, np.asarray(matrix), classes, f'{name}\n({CEILING_TAG})' if ceiling else f'{name}\n'
            )
        grid[0].set_ylabel('true class')
        return palette.encode(figure)


def _classes(results: Results, table: Table) -> list[str]:
    for row in table.rows:
        for path in results.leftovers(row.method, 'features.npz')[:1]:
            return [palette.drawable(str(name)) for name in load_arrays(path, FEATURES)['classes']]
    return []


def _confusion(axes: Axes, counts: Array, classes: Sequence[str], title: str) -> None:
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = len(counts)
    names = list(classes) if len(classes) == size else [str(index) for index in range(size)]
    axes.imshow(share, cmap='Blues', vmin=0, vmax=1)
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
            colour = 'white' if value > 0.55 else '#222222'
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
