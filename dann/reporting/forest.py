"""Interval plots of differences: a line a method, a panel a comparison, zero as a dashed line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median
from typing import TYPE_CHECKING

from dann.core.families import family_name, in_order
from dann.core.shown import shown
from dann.reporting import palette
from dann.reporting.dark import SOFT
from dann.reporting.notation import percent
from dann.stats.intervals import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GAP = 0.6  # between families, in rows
Named = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Panel:
    """One comparison.

    Args:
        title: What is written above it; empty for nothing.
        differences: The difference of each method, a fraction, by name; methods that were not measured are left out.
    """

    title: str
    differences: Mapping[str, Estimate]


def by_family(panels: Sequence[Panel], families: Mapping[str, str]) -> list[Named]:
    """Return family and name of every method: family by family, the largest mean over panels first.

    Args:
        panels: The comparisons.
        families: The family of each method by name.
    """
    values: dict[Named, list[float]] = {}
    for panel in panels:
        for name, difference in panel.differences.items():
            values.setdefault((families[name], name), []).append(difference.mean)
    order = in_order(family for family, _ in values)
    return sorted(values, key=lambda key: (order.index(key[0]), -sum(values[key]) / len(values[key]), key[1]))


def forest(panels: Sequence[Panel], rows: Sequence[Named], label: str) -> Figure:
    """Return the plot of several panels side by side; to be called where the look of figures is set.

    Args:
        panels: From left to right.
        rows: Family and name from top to bottom; families are set apart.
        label: What the axis is.
    """
    places = _places(rows)
    figure = palette.new_figure(3.5 + 3 * len(panels), 1.6 + 0.2 * (places[-1] + 1 if places else 1))
    all_axes = figure.subplots(1, len(panels), sharey=True, squeeze=False).ravel()
    for axes, panel in zip(all_axes, panels, strict=True):
        _draw(axes, panel, rows, places)
    _name_rows(all_axes[0], rows, places, fontsize=9)
    _name_families(all_axes[-1], rows, places, 1.03)
    figure.supxlabel(shown(label), fontsize=10)
    return figure


def single_forest(panel: Panel, rows: Sequence[Named], label: str, *, apart: bool) -> Figure:
    """Return the plot of one panel with its numbers beside it; to be called where the look of figures is set.

    Args:
        panel: The comparison.
        rows: Family and name from top to bottom.
        label: What the axis is.
        apart: Whether families are set apart.
    """
    places = _places(rows, GAP if apart else 0)
    pitch = 0.2 if len(rows) > 12 else 0.3
    figure = palette.new_figure(7.6, 0.75 + pitch * (places[-1] + 1.2 if places else 1))
    axes = figure.subplots()
    _draw(axes, panel, rows, places)
    _name_rows(axes, rows, places, fontsize=9.5)
    beside = axes.get_yaxis_transform()
    for (_, name), place in zip(rows, places, strict=True):
        if (difference := panel.differences.get(name)) is not None:
            text = percent(difference, signed=True)
            axes.text(1.25, place, text, transform=beside, fontsize=9, va='center', ha='right')
    _name_families(axes, rows, places, 1.3)
    axes.set_xlabel(shown(label), loc='left')
    return figure


def _places(rows: Sequence[Named], gap: float = GAP) -> list[float]:
    """Return where each row stands, with a gap between families."""
    places: list[float] = []
    for index, (family, _) in enumerate(rows):
        between = gap if index and rows[index - 1][0] != family else 0
        places.append(places[-1] + 1 + between if places else 0.0)
    return places


def _draw(axes: Axes, panel: Panel, rows: Sequence[Named], places: Sequence[float]) -> None:
    colours = palette.family_colours(family for family, _ in rows)
    axes.axvline(0, color='#333333', linestyle='--', linewidth=1, zorder=0.5)
    for (family, name), place in zip(rows, places, strict=True):
        difference = panel.differences.get(name)
        if difference is None:
            _say_missing(axes, place)
        else:
            _interval(axes, place, difference, colours[family])
    axes.set_xlim(limits([*panel.differences.values()]))
    axes.set_title(palette.drawable(panel.title), fontsize=11)
    axes.grid(visible=True, axis='x')
    axes.set_axisbelow(True)
    axes.tick_params(left=False)


def _say_missing(axes: Axes, place: float) -> None:
    across = axes.get_yaxis_transform()
    axes.text(
        0.5, place, 'not measured', transform=across, fontsize=7, color='#888888', ha='center', va='center'
    )


def _interval(axes: Axes, place: float, difference: Estimate, colour: str) -> None:
    mean, spread = 100 * difference.mean, 100 * (difference.half_width or 0)
    axes.errorbar(mean, place, xerr=spread, color=colour, linewidth=1.5, capsize=0)
    face = colour if difference.excludes_zero else 'white'
    axes.scatter(mean, place, s=24, color=face, edgecolor=colour, linewidth=1.4, zorder=3)


def limits(differences: Sequence[Estimate]) -> tuple[float, float]:
    """Return a range in points that holds every mean and most intervals: one as wide as all would hide the rest."""
    means = [100 * each.mean for each in differences]
    widths = [100 * (each.half_width or 0) for each in differences]
    pad = max(median(widths) if widths else 0, 2.0)
    return min([0, *means]) - pad, max([0, *means]) + pad


def _name_rows(axes: Axes, rows: Sequence[Named], places: Sequence[float], fontsize: float) -> None:
    axes.set_yticks(places, [palette.drawable(name) for _, name in rows], fontsize=fontsize)
    axes.set_ylim(places[-1] + 0.8 if places else 1, -0.8)


def _name_families(axes: Axes, rows: Sequence[Named], places: Sequence[float], x: float) -> None:
    """Write each family's name beside the rows that follow each other and belong to it."""
    colours = palette.family_colours(family for family, _ in rows)
    for family, members in groupby(zip(rows, places, strict=True), lambda each: each[0][0]):
        own = [place for _, place in members]
        axes.text(
            x,
            (own[0] + own[-1]) / 2,
            palette.drawable(family_name(family)),
            transform=axes.get_yaxis_transform(),
            color=colours.get(family, SOFT),
            fontsize=9,
            fontweight='bold',
            va='center',
        )
