"""How many labels adaptation is worth: accuracy with few target labels, with and without unlabelled data."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from dann.benchmarks.plan.labelled import ALL, Count, row_name
from dann.benchmarks.report.table import Table
from dann.benchmarks.results.selection import REPORTED
from dann.reporting import palette
from dann.reporting.files import write_whole
from dann.reporting.json_text import json_text
from dann.reporting.markdown import bullets, inert, pipes
from dann.reporting.notation import BASELINE, about_spread, percent, points
from dann.stats.intervals import Estimate, estimate, paired

NAMED = re.compile(r'(.+)\+(\d+|all)-labels')
BySeed = Mapping[int, float]
APART = 0.02  # of two curves' points, which would hide one another


@dataclass(frozen=True, slots=True)
class Curve:
    """One method with more and more target labels.

    Args:
        method: The row's name.
        accuracies: Target test accuracy of each seed by number of labels of each class: 0, then those asked for.
    """

    method: str
    accuracies: Mapping[Count, BySeed]

    def mean(self, count: Count) -> float:
        """Return the mean over seeds with a number of labels."""
        return estimate([*self.accuracies[count].values()]).mean


def curves(table: Table) -> list[Curve]:
    """Return the curve of every row that was run with labels, source-only's first."""
    found = {row.method: _by_seed(table, row.method) for row in table.rows}
    counts: dict[str, list[Count]] = {}
    for name in found:
        if match := NAMED.fullmatch(name):
            counts.setdefault(match[1], []).append(match[2] if match[2] == ALL else int(match[2]))
    every = [
        Curve(
            method,
            {count: found[row_name(method, count) if count else method] for count in (0, *_ordered(asked))},
        )
        for method, asked in counts.items()
        if found.get(method)
    ]
    return sorted(every, key=lambda curve: curve.method != BASELINE)


def worth(accuracy: float, fine_tuned: Curve) -> tuple[float | None, str]:
    """Return how many labels of each class fine-tuning needs for an accuracy, and that in words.

    Between two numbers of labels the accuracy is taken to rise with their logarithm, ``log(1 + k)``.

    Args:
        accuracy: Of adaptation without labels, a fraction.
        fine_tuned: Source-only with labels.

    Returns:
        The number; ``None`` where no number in the curve reaches the accuracy.
    """
    known = [count for count in fine_tuned.accuracies if isinstance(count, int)]
    if fine_tuned.mean(0) >= accuracy:
        return 0.0, 'no label: source-only is as good without any'
    for before, after in pairwise(known):
        low, high = fine_tuned.mean(before), fine_tuned.mean(after)
        if high >= accuracy:
            share = (accuracy - low) / (high - low)
            number = math.expm1((1 - share) * math.log1p(before) + share * math.log1p(after))
            about = 'less than one label' if number < 1 else f'about {number:.1f} labels'
            return number, f'{about} of each class'
    beyond = ALL in fine_tuned.accuracies and fine_tuned.mean(ALL) < accuracy
    return None, 'more labels than there are' if beyond else f'more than {known[-1]} labels of each class'


def overtaken(curve: Curve, fine_tuned: Curve) -> str:
    """Return in words from how many labels on fine-tuning alone is as good as the method with the same labels."""
    for count in (each for each in curve.accuracies if each):
        difference = paired(curve.accuracies[count], fine_tuned.accuracies.get(count, {}))
        if difference is not None and difference.mean <= 0:
            return f'fine-tuning alone overtakes it at {_many(count)} ({percent(difference, signed=True)} points)'
    return 'fine-tuning alone does not overtake it with as many labels as were tried'


def write(folder: Path, table: Table) -> str:
    """Write ``labels.md``, ``labels.json`` and the figure into a run folder, and return the first."""
    found = curves(table)
    if not found:
        return ''
    fine_tuned, *adapted = found
    text = (
        '\n\n'.join([_heading(table), _grid(found), bullets(_sentences(fine_tuned, adapted)), _notes(found)])
        + '\n'
    )
    write_whole(folder / 'labels.md', text)
    write_whole(folder / 'labels.json', json_text([_plain(curve, fine_tuned) for curve in found]))
    for suffix, data in chart(found).items():
        write_whole(folder / 'figures' / f'labels.{suffix}', data)
    return text


def _heading(table: Table) -> str:
    return f'**{inert(table.title)}: how many labels adaptation is worth**'


def _grid(found: Sequence[Curve]) -> str:
    heading = ['labels of each class', *(curve.method for curve in found)]
    counts = list(dict.fromkeys(count for curve in found for count in curve.accuracies))
    rows = [[str(count), *(percent(_estimate(curve, count)) for curve in found)] for count in counts]
    return pipes([heading, *rows])


def _estimate(curve: Curve, count: Count) -> Estimate | None:
    values = [*curve.accuracies.get(count, {}).values()]
    return estimate(values) if values else None


def _sentences(fine_tuned: Curve, adapted: Sequence[Curve]) -> list[str]:
    return [
        f'{curve.method} without labels reaches {points(curve.mean(0))} %, which for fine-tuning takes '
        f'{worth(curve.mean(0), fine_tuned)[1]}; {overtaken(curve, fine_tuned)}.'
        for curve in adapted
    ]


def _notes(found: Sequence[Curve]) -> str:
    sizes = [len(curve.accuracies[0]) for curve in found]
    return (
        'Target test accuracy in %. The column of source-only is fine-tuning on source and labels alone; the others '
        f'use the unlabelled target images too, and the same labels. {about_spread(min(sizes), max(sizes))}'
    )


def _plain(curve: Curve, fine_tuned: Curve) -> dict[str, object]:
    number = None if curve is fine_tuned else worth(curve.mean(0), fine_tuned)[0]
    accuracies = {
        str(count): {str(seed): value for seed, value in each.items()}
        for count, each in curve.accuracies.items()
    }
    return {'method': curve.method, 'accuracies': accuracies, 'worth': number}


def chart(found: Sequence[Curve]) -> palette.Drawn:
    """Return the curves as a figure; labels are on a scale of ``log(1 + k)``, ``all`` at its right end."""
    with palette.look():
        figure = palette.new_figure(6.5, 3.8)
        axes = figure.add_subplot()
        counts = list(dict.fromkeys(count for curve in found for count in curve.accuracies))
        places = _places(counts)
        for number, curve in enumerate(found):
            known = {count: one for count in curve.accuracies if (one := _estimate(curve, count))}
            axes.errorbar(
                [places[count] + APART * number for count in known],
                [100 * one.mean for one in known.values()],
                [100 * _half(one) for one in known.values()],
                color=palette.CLASS_COLOURS[number % len(palette.CLASS_COLOURS)],
                marker='o',
                capsize=2,
                label=palette.drawable(curve.method),
            )
        axes.set_xticks([places[count] for count in counts], [str(count) for count in counts])
        axes.set_xlabel('target labels of each class')
        axes.set_ylabel('target test accuracy in %')
        axes.legend()
        return palette.encoded(figure)


def _half(value: Estimate) -> float:
    """Return half of the bar: of the interval or, of two seeds, of the way between both."""
    return (value.pair[1] - value.pair[0]) / 2 if value.pair else value.half_width or 0.0


def _places(counts: Sequence[Count]) -> dict[Count, float]:
    numbers = [count for count in counts if isinstance(count, int)]
    last = math.log1p(max(numbers)) + 1
    return {count: math.log1p(count) if isinstance(count, int) else last for count in counts}


def _ordered(counts: Sequence[Count]) -> list[Count]:
    return sorted(counts, key=lambda count: math.inf if isinstance(count, str) else count)


def _many(count: Count) -> str:
    return 'all labels' if count == ALL else f'{count} labels of each class'


def _by_seed(table: Table, method: str) -> dict[int, float]:
    row = next(each for each in table.rows if each.method == method)
    return {seed: record['scores'][REPORTED] for seed, record in table.main(row).chosen.items()}
