"""The page of measurements, from the kept results of the catalogue."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

import yaml

from dann.benchmarks.report.table import all_rules
from dann.benchmarks.report.verdicts import verdict
from dann.core.families import family_name, in_order
from dann.engine.catalogue import rows
from dann.reporting.markdown import pipes
from dann.reporting.notation import ABSENT, BASELINE, CEILING_TAG, VERSUS, percent, points
from dann.stats.intervals import quantile
from tools.documents.forest import FIGURE, alt, compared
from tools.documents.kept import CONTROL, Kept, Measured

ENOUGH_METHODS, ENOUGH_FAMILIES = 5, 3
HEAD = """# The catalogue measured

Written by `make docs` from `docs/results/catalogue-*.json`: an edit here is lost. What each method is stands in
[methods.md](methods.md). To measure again: `dann benchmark catalogue-features` (frozen features) and `dann benchmark
catalogue` (small networks from scratch, all methods), then `python -m tools.documents --results runs/NAME` for each.

Each section names its commit. Since 2026-11-29 methods have the batch norm policy, the stages and the defaults of their
papers and authors' codes (CHANGELOG.md has the list); what was measured before has not been measured again. The
protocol of the frozen pairs was chosen for its power to tell methods apart, on other seeds; README says by what.
"""
READING = """Filled dots: the interval excludes zero. Hollow dots: it includes zero. Long intervals run out of their
panel. Rows that use target labels are left out.
"""


def measured(kept: Sequence[Kept]) -> str:
    """Return the page as Markdown."""
    parts = [HEAD]
    if kept:
        parts += [f'![{alt(kept)}]({FIGURE.as_posix()})\n', READING, _verdict(kept), *map(_pair, kept)]
    parts.append(_not_measured(kept))
    return '\n'.join(part for part in parts if part)


def _verdict(kept: Sequence[Kept]) -> str:
    lines = [f'- **{pair.pair}:** {_enough(pair)}' for pair in kept]
    return '## What it shows\n\n' + '\n'.join(lines) + '\n'


def improved(pair: Kept) -> list[Measured]:
    """Return the rows that are better than source-only by an interval that excludes zero, without target labels."""
    return [row for row in compared(pair).values() if row.difference and verdict(row.difference) == 'better']


def _enough(pair: Kept) -> str:
    better = improved(pair)
    families = in_order(row.family for row in better if row.family != 'combined')
    count = (
        f'{len(better)} of {len(compared(pair))} methods, of {_plural(len(families), "family", "families")}'
    )
    counted = ', '.join(
        f'{family_name(each)} {sum(row.family == each for row in better)}'
        for each in in_order(row.family for row in better)
    )
    text = f'{count}, improve on source-only with a 95 % interval that excludes zero' + (
        f' ({counted})' if counted else ''
    )
    if len(better) >= ENOUGH_METHODS and len(families) >= ENOUGH_FAMILIES:
        shown = f'{text}: at least five methods of at least three families do.'
    else:
        shown = f'{text}: fewer than five methods of three families, so that is not shown here. {_why(pair)}'
    return ' '.join(filter(None, (shown, _beyond_control(pair), _beside_plain(pair))))


def _beyond_control(pair: Kept) -> str:
    """Say which methods are better than target statistics alone, where that was measured."""
    if CONTROL not in (names := compared(pair)):
        return ''
    own = percent(names[CONTROL].difference, signed=True)
    beyond = [row for row in names.values() if row.control and verdict(row.control) == 'better']
    ranked = sorted(beyond, key=lambda row: -(row.control.mean if row.control else 0))
    listed = ', '.join(f'{row.method} {percent(row.control, signed=True)}' for row in ranked) or 'none'
    return (
        f'The network has batch norm, and target statistics alone ({CONTROL}, which trains on nothing else) are worth '
        f'{own} points; better than {CONTROL} by an interval that excludes zero: {listed}.'
    )


def _beside_plain(pair: Kept) -> str:
    """Say what source-only reaches without batch norm, where that was measured."""
    own = next((row.accuracies[pair.rule] for row in pair.rows if row.method == BASELINE), None)
    if pair.plain is None or own is None:
        return ''
    text = (
        f'Without batch norm source-only reaches {percent(pair.plain)} (`dann benchmark {pair.pair}`), with it '
        f'{percent(own)}'
    )
    if pair.plain.mean <= own.mean:
        return f'{text}.'
    above = [row for row in compared(pair).values() if _mean(row, pair) > pair.plain.mean]
    return (
        f'{text}: so much of what methods gain here is recovery of what batch norm broke. Above source-only without '
        f'batch norm in the mean: {len(above)} of {len(compared(pair))}.'
    )


def _mean(row: Measured, pair: Kept) -> float:
    found = row.accuracies[pair.rule]
    return found.mean if found else math.nan


def _why(pair: Kept) -> str:
    """Say which methods do not, and what the data could have shown."""
    rest = [row for row in compared(pair).values() if row not in improved(pair)]
    above = [row for row in rest if row.difference and row.difference.mean > 0]
    text = f'Above source-only in the mean, but not beyond the interval: {_named(above)}.' if above else ''
    widths = [
        row.difference.half_width for row in rest if row.difference and row.difference.half_width is not None
    ]
    if not widths:
        return f'{text} With one seed there is no interval.'.strip()
    n = sorted({row.difference.n for row in rest if row.difference and row.difference.half_width is not None})
    seeds = str(n[0]) if len(n) == 1 else f'{n[0]} to {n[-1]}'
    factor = quantile(n[0] - 1) / math.sqrt(n[0])
    return (
        f'{text} With {seeds} seeds the half-width of an interval is {factor:.1f} times the deviation of the paired '
        f'differences; its median over these methods is {points(median(widths))} points, so the data cannot tell a '
        'smaller gain from none.'
    ).strip()


def _pair(pair: Kept) -> str:
    return '\n'.join(
        [f'## {pair.asked["title"]}: {pair.pair}\n', _conditions(pair), _table(pair), *_lists(pair), '']
    )


def _conditions(pair: Kept) -> str:
    run, asked = pair.run, pair.asked
    versions = run.get('versions') or {}
    shown = ', '.join(
        f'{name} {versions[name]}' for name in ('python', 'torch', 'pytorch-lightning') if versions.get(name)
    )
    model = pair.options
    data = {key: value for key, value in asked['data'].items() if key not in ('source', 'target')}
    seeds, rule = ', '.join(map(str, asked['seeds'])), pair.rule
    lines = [
        f'{pair.source} → {pair.target}, target test accuracy in %. The same network, data, batches, optimiser and '
        f'{asked["steps"]} steps for every row, evaluated {asked["epochs"]} times; seeds {seeds}. Columns: the last '
        f'step, the evaluation with the highest {rule}, which reads no target label, and the one with the highest '
        'accuracy on the labelled target validation split (oracle); difference, verdict and gap closed are by '
        f'{rule}. ± is the half-width of the 95 % Student-t interval over seeds; differences are paired by seed. '
        'Hyper-parameters are the defaults of each class; none was tuned here. s/job: mean seconds of one run.\n',
        f'- command: `{run.get("command")}`',
        f'- {date(run)}, {minutes(run)} on {run.get("machine")}, without calls that were killed; the jobs took '
        f'{_together(pair)} minutes one after another; commit {run.get("commit")}, {shown}',
        f'- network: `{flow(model.get("backbone"))}`, bottleneck {model.get("bottleneck")}',
        f'- optimiser: `{flow(model.get("optimizer"))}`',
        f'- data: `{flow(data)}`',
        *(f'- failed: {each["job"]}: {each["error"]}' for each in run.get('failed') or []),
    ]
    return '\n'.join(lines) + '\n'


def _together(pair: Kept) -> str:
    took = [(row.seconds or 0) * found.n for row in pair.rows if (found := row.accuracies[pair.rule])]
    return f'{sum(took) / 60:.0f}'


def date(run: Any) -> str:
    """Return the day on which a run began."""
    return str(run.get('started') or 'unknown date')[:10]


def minutes(run: Any) -> str:
    """Return how long a run took, in words."""
    return f'{run["minutes"]:.0f} minutes' if run.get('minutes') is not None else 'unknown minutes'


def flow(value: Any) -> str:
    """Return a part of a configuration on one line."""
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10**6)
    return text.removesuffix('\n').removesuffix('\n...')


def _table(pair: Kept) -> str:
    order = in_order(row.family for row in pair.rows)
    ranked = sorted(
        compared(pair).values(),
        key=lambda row: (order.index(row.family), -(row.difference.mean if row.difference else 0)),
    )
    first = [row for row in pair.rows if row.method == BASELINE]
    shown = [*first, *ranked, *(row for row in pair.rows if row not in ranked and row not in first)]
    heading = [
        'method',
        'family',
        *all_rules(pair.rule),
        VERSUS,
        'verdict',
        f'vs {CONTROL}',
        'gap closed',
        'n',
        's/job',
    ]
    return pipes([heading, *(_line(row, pair) for row in shown)]) + '\n'


def _line(row: Measured, pair: Kept) -> list[str]:
    difference, control = percent(row.difference, signed=True), percent(row.control, signed=True)
    main = row.accuracies[pair.rule]
    return [
        f'{row.method} ({CEILING_TAG})' if row.uses_target_labels else row.method,
        family_name(row.family) if row.family else ABSENT,
        *(percent(row.accuracies[rule]) for rule in all_rules(pair.rule)),
        f'**{difference}**' if row.difference and row.difference.excludes_zero else difference,
        verdict(row.difference) if row.difference else ABSENT,
        f'**{control}**' if row.control and row.control.excludes_zero else control,
        ABSENT if row.gap_closed is None else f'{100 * row.gap_closed + 0.0:.0f} %',
        str(main.n) if main and main.n == row.planned else f'{main.n if main else 0} of {row.planned}',
        ABSENT if row.seconds is None else f'{row.seconds:.1f}',
    ]


def _lists(pair: Kept) -> list[str]:
    found = [row for row in compared(pair).values() if row.difference]
    better = improved(pair)
    worse = [row for row in found if verdict(row.difference) == 'worse']
    below = [row for row in found if row.difference and row.difference.mean < 0 and row not in worse]
    chance = 0.05 * len(found)
    return [
        f'- Better than source-only, interval without zero: {_by_family(better)}.',
        f'- Worse than source-only, interval without zero: {_by_family(worse)}.',
        f'- Below source-only in the mean, interval with zero: {_named(below)}.',
        f'- {len(found)} intervals of 95 % are compared with zero and none is corrected for that: if no method '
        f'changed anything, about {chance:.0f} would exclude zero by chance, half of them on the side of a gain.',
    ]


def _named(found: Iterable[Measured]) -> str:
    ranked = sorted(found, key=lambda row: -(row.difference.mean if row.difference else 0))
    return ', '.join(f'{row.method} {percent(row.difference, signed=True)}' for row in ranked) or 'none'


def _by_family(found: Iterable[Measured]) -> str:
    groups: dict[str, list[Measured]] = defaultdict(list)
    for row in found:
        groups[row.family].append(row)
    return (
        '; '.join(
            f'{family_name(family)} ({len(groups[family])}): {_named(groups[family])}'
            for family in in_order(groups)
        )
        or 'none'
    )


def _not_measured(kept: Sequence[Kept]) -> str:
    """List the catalogue's rows that some pair has no number of."""
    lines = [] if kept else [f'- both pairs: {", ".join(rows())}']
    for pair in kept:
        known = {row.method for row in pair.rows if row.accuracies[pair.rule]}
        listed = rows(stored=pair.options.get('freeze') == 'all')
        if missing := [name for name in listed if name not in known]:
            lines.append(f'- {pair.pair}: {", ".join(missing)}')
    return '## Not measured\n\n' + '\n'.join(lines) + '\n' if lines else ''


def _plural(count: int, one: str, many: str) -> str:
    return f'{count} {one if count == 1 else many}'
