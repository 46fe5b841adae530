"""The figure of a stream: discrepancy and p-values over windows, beside the levels that they are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING

from dann.core.colours import BLUE, GREY, ORANGE, VERMILION
from dann.reporting import palette
from dann.reporting.dark import RULE, slim
from dann.transfer.monitoring.window import Window

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FLOOR = 1e-12  # smaller p-values are drawn there
MARKS = {'none': ('o', BLUE), 'warning': ('D', ORANGE), 'alarm': ('s', VERMILION)}


def figure_svg(windows: Sequence[Window]) -> str:
    """Return the figure as SVG for a white page.

    Args:
        windows: Of one stream, at least one.
    """
    with palette.look():
        figure = palette.new_figure(8.4, 5.4)
        above, below = figure.subplots(2, 1, sharex=True)
        _draw_discrepancies(above, windows)
        _draw_p_values(below, windows)
        return slim(palette.encoded(figure, ('svg',))['svg'].decode())


def _draw_discrepancies(axes: Axes, windows: Sequence[Window]) -> None:
    numbers = [window.number for window in windows]
    axes.axhline(0, color=RULE, linewidth=1, linestyle='--')
    axes.plot(numbers, [window.mmd for window in windows], color=GREY, linewidth=1, zorder=1)
    for verdict, (marker, colour) in MARKS.items():
        own = [window for window in windows if window.verdict == verdict]
        if own:
            label = 'no alarm' if verdict == 'none' else verdict
            places, values = [window.number for window in own], [window.mmd for window in own]
            axes.scatter(places, values, marker=marker, color=colour, s=26, label=label, zorder=2)
    axes.set_title('MMD² from the reference')
    axes.legend(loc='best')
    axes.grid(visible=True, axis='y')


def _draw_p_values(axes: Axes, windows: Sequence[Window]) -> None:
    numbers = [window.number for window in windows]
    for label, colour, marker, values in (
        ('permutation test of the MMD', BLUE, 'o', [window.mmd_p for window in windows]),
        ('Kolmogorov-Smirnov, corrected', VERMILION, '^', [window.ks_p for window in windows]),
        *(
            (palette.drawable(name), colour, 'v', [window.further[name] for window in windows])
            for name, colour in zip(windows[0].further, cycle(palette.CLASS_COLOURS))
        ),
    ):
        floored = [max(value, FLOOR) for value in values]
        axes.plot(numbers, floored, color=colour, marker=marker, markersize=4, linewidth=1, label=label)
    for label, style, levels in (
        ('level of a warning', ':', [_line(window, window.warning_at) for window in windows]),
        ('level of an alarm', '--', [_line(window, window.alarm_at) for window in windows]),
    ):
        axes.plot(numbers, levels, color=GREY, linestyle=style, linewidth=1.4, label=label)
    axes.set_yscale('log')
    axes.yaxis.set_major_formatter(lambda value, _: f'{value:.0e}')  # mathematics is off
    axes.set_title('p-values, and what a window may spend')
    axes.set_xlabel('window')
    axes.locator_params(axis='x', integer=True)
    axes.legend(loc='upper center', bbox_to_anchor=(0.5, -0.25), ncols=2)
    axes.grid(visible=True, axis='y')


def _line(window: Window, level: float) -> float:
    """Return what each test that takes part in the verdict may spend of a level."""
    return level / ((2 if window.by_mmd else 1) + len(window.further))
