"""What an adversarial method owes to the choices around it: one of them changed at a time, the rest as a pair has it.

Each choice is a benchmark of its own, in a folder of its own, against a source-only row trained under the same choice.
Called again after it was stopped, it continues. It prints one table, and writes it into the folder as `ablation.md`.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dann import configs
from dann.benchmarks.plan.grid import Benchmark, benchmark
from dann.benchmarks.report.report import table_of
from dann.benchmarks.report.table import Table
from dann.benchmarks.results.opened import Results
from dann.benchmarks.running.run import run
from dann.core import schedules
from dann.core.errors import UserError, unknown
from dann.core.schedules import Schedule
from dann.core.search_space import Categorical
from dann.core.signatures import constructor
from dann.engine.catalogue import resolve, rows
from dann.networks.network import norm_of
from dann.reporting.files import write_whole
from dann.reporting.markdown import inert, pipes
from dann.reporting.notation import ABSENT, BASELINE, percent, points
from dann.reporting.saying import say
from dann.stats.intervals import estimate

Config = dict[str, Any]
Change = Callable[[Config], None]
PROTOCOL = 'protocol'  # folder of the pair as it is
METHODS = ('dann', 'cdan', 'mdd')
OTHER_NAMES = {'weight': 'domain_weight'}  # what a training class calls the option of its alignment
TITLE = """# {title}

Accuracy on the target minus that of source-only under the same choice, with its 95 % interval, over {seeds} seeds,
checkpoints by {rule}; in brackets the accuracy on held-out source images and the critic's balanced accuracy. All in
percent; `{absent}` where a method does not have the choice or no run is complete.

"""


def adam(beta1: float) -> Change:
    """Return the change to Adam with that ``beta1``, at the pair's learning rate where it trains with Adam."""

    def change(config: Config) -> None:
        given = _model(config).get('optimizer') or {}
        options: Config = dict(given.get('init_args') or {}) if _is_adam(given) else {'lr': 0.001}
        betas = [beta1, *list(options.get('betas', (0.9, 0.999)))[1:]]
        _model(config)['optimizer'] = {
            'class_path': 'torch.optim.Adam',
            'init_args': options | {'betas': betas},
        }

    return change


def sgd(momentum: float) -> Change:
    """Return the change to SGD with that momentum, at the learning rate of 0.01 of Ganin et al. (2016)."""

    def change(config: Config) -> None:
        options = {'lr': 0.01, 'momentum': momentum}
        _model(config)['optimizer'] = {'class_path': 'torch.optim.SGD', 'init_args': options}

    return change


def bottleneck_norm(norm: str) -> Change:
    """Return the change to a bottleneck with that norm."""

    def change(config: Config) -> None:
        if norm_of(_model(config).get('bottleneck_norm') or 'none') != norm:
            _model(config)['bottleneck_norm'] = norm

    return change


def standardised_by(domains: str) -> Change:
    """Return the change to features standardised by those domains; no row has it where these are not frozen."""

    def change(config: Config) -> None:
        if domains != 'none' and _model(config).get('freeze') != 'all':
            config['methods'] = {}
        elif _model(config).get('standardised_by', 'none') != domains:
            _model(config)['standardised_by'] = domains

    return change


def option(name: str, value: Any) -> Change:
    """Return the change of an option of every method in which two players train; those without it are left out."""

    def change(config: Config) -> None:
        found = {row: with_option(each, name, value) for row, each in config['methods'].items()}
        config['methods'] = {row: each for row, each in found.items() if each is not None} | {BASELINE: {}}

    return change


def ramp(gamma: float) -> Config:
    """Return the schedule that rises like that of Ganin et al. (2016), with another steepness."""
    return {'class_path': 'Sigmoid', 'init_args': {'gamma': gamma}}


LEVELS: dict[str, Change] = {
    'beta1=0.5': adam(0.5),
    'beta1=0.9': adam(0.9),
    'sgd_momentum=0.9': sgd(0.9),
    **{f'standardised_by={domains}': standardised_by(domains) for domains in ('none', 'source', 'both')},
    **{f'bottleneck_norm={norm}': bottleneck_norm(norm) for norm in ('none', 'batch', 'layer')},
    **{f'norm={norm}': option('norm', norm) for norm in ('none', 'batch', 'layer')},
    **{f'dropout={share:g}': option('dropout', share) for share in (0.0, 0.5)},
    **{f'gamma={gamma:g}': option('schedule', ramp(gamma)) for gamma in (10.0, 2.5)},
    'schedule=constant': option('schedule', {'class_path': 'Constant', 'init_args': {}}),
    **{f'weight={weight:g}': option('weight', weight) for weight in (1.0, 0.1)},
}


def with_option(row: Mapping[str, Any], name: str, value: Any) -> Config | None:
    """Return a row whose players have an option, equal to ``row`` where they have it already.

    Args:
        row: Of a benchmark, as ``written_out`` returns it.
        name: Of the option.
        value: As a configuration has it.

    Returns:
        ``None`` where no player has the option, or where one cannot take the value.
    """
    changed, taken = deepcopy(dict(row)), False
    for part, kind in _players(changed):
        defaults = {each.name: each.default for each in constructor(kind)}
        own = name if name in defaults else OTHER_NAMES.get(name, name)
        allowed = kind.search.get(own)
        if own not in defaults or (isinstance(allowed, Categorical) and value not in allowed.options):
            return None
        if not _same(part['init_args'].get(own, defaults[own]), value):
            part['init_args'][own] = value
        taken = True
    return changed if taken else None


def _players(row: Config) -> Iterator[tuple[Config, type[Any]]]:
    """Yield the parts of a row in which two players train, each with its class."""
    parts = [('model', row)] if 'class_path' in row else []
    if 'alignment' in row:
        members = row['alignment']['init_args'].get('alignments', [row['alignment']])
        parts += [('alignment', each) for each in members]
    for place, part in parts:
        kind = resolve(place, part['class_path'])
        if kind.recommended:
            yield part, kind


def written_out(row: Mapping[str, Any]) -> Config:
    """Return a row in which every class stands with its ``init_args``."""
    whole: Config = deepcopy(dict(row))
    if 'class_path' in whole:
        whole.setdefault('init_args', {})
    if 'alignment' in whole:
        whole['alignment'] = _long(whole['alignment'])
        options = whole['alignment']['init_args']
        if 'alignments' in options:
            options['alignments'] = [_long(each) for each in options['alignments']]
    return whole


def _long(part: Any) -> Config:
    return {'class_path': part, 'init_args': {}} if isinstance(part, str) else {'init_args': {}} | part


def _same(current: Any, value: Any) -> bool:
    """Whether an option, given or a default, is what a configuration would make it."""
    if isinstance(current, Schedule) and isinstance(value, Mapping):
        value = getattr(schedules, value['class_path'])(**value['init_args'])
        return repr(current) == repr(value)
    return bool(current == value)


def _model(config: Config) -> Config:
    options: Config = config['model'].setdefault('init_args', {})
    return options


def _is_adam(optimizer: Mapping[str, Any]) -> bool:
    return str(optimizer.get('class_path')).rpartition('.')[2] == 'Adam'


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice around the methods.

    Args:
        has: Rows that have it; the others cannot be made to.
        plan: The benchmark of the rows that it changes, and of source-only; ``None`` where it is the pair's own.
    """

    has: tuple[str, ...]
    plan: Benchmark | None

    def runs(self, row: str) -> bool:
        """Whether a row is run anew under the choice, and not as the pair has it."""
        return self.plan is not None and row in self.plan.methods


def choices(
    name: str, config: Mapping[str, Any], methods: Sequence[str], levels: Sequence[str], **overrides: Any
) -> dict[str, Choice]:
    """Return the protocol of a pair, and the same with one choice changed, by folder.

    Args:
        name: Of the pair.
        config: Contents of its YAML file.
        methods: Rows of the catalogue.
        levels: Names out of ``LEVELS``.
        overrides: Further keys of the file, such as ``seeds`` and ``steps``; ``None`` leaves what the file says.

    Raises:
        UserError: No such row or choice, or the file is wrong.
    """
    known = rows()
    for kind, names, among in (('method', methods, known), ('choice', levels, LEVELS)):
        for each in names:
            if each not in among:
                raise unknown(kind, each, among)
    asked: Config = {BASELINE: {}} | {each: written_out(known[each]) for each in methods}
    base: Config = {'title': name, **deepcopy(dict(config)), 'methods': asked, 'published': {}}
    found = {PROTOCOL: Choice(tuple(asked), benchmark(name, base, **overrides))}
    for level in levels:
        changed = deepcopy(base)
        LEVELS[level](changed)
        kept = _to_run(base, changed)
        plan = benchmark(name, changed | {'methods': kept}, **overrides) if kept else None
        found[level] = Choice(tuple(changed['methods']), plan)
    return found


def _to_run(base: Config, changed: Config) -> Config:
    """Return the rows that a choice changes, with source-only to compare them to; none where it changes nothing."""
    rows_: Config = changed['methods']
    if changed['model'] != base['model']:
        return rows_
    differ = {name: row for name, row in rows_.items() if row != base['methods'][name]}
    return {BASELINE: {}} | differ if differ else {}


def cell(table: Table | None, method: str) -> str:
    """Return what a table says of a method: its difference, and accuracy on the source and of the critic."""
    row = next((each for each in table.rows if each.method == method), None) if table else None
    if table is None or row is None or (under := table.main(row)).accuracy is None:
        return ABSENT
    figure = percent(under.accuracy) if method == BASELINE else percent(under.difference, signed=True)
    scores = [record['scores'] for record in under.chosen.values()]
    seen = [_mean(scores, 'val/source_accuracy'), _mean(scores, 'critic_accuracy')]
    fewer = [f'{len(row.seeds)} of {len(row.planned)} seeds'] if row.missing else []
    return f'{figure} ({", ".join([*filter(None, seen), *fewer])})'


def _mean(scores: Sequence[Mapping[str, float]], ending: str) -> str:
    """Return the mean over seeds of the score whose name ends so; empty where there is none."""
    known = [value for each in scores for key, value in each.items() if key.endswith(ending)]
    return points(estimate(known).mean) if known else ''


def report(asked: Mapping[str, Choice], folder: Path, select: str | None = None) -> str:
    """Return the table of the folders that have results, as Markdown.

    Args:
        asked: The choices by folder.
        folder: Where the folders are.
        select: Selection rule in place of the pair's.
    """
    base = asked[PROTOCOL].plan
    assert base is not None
    tables = {
        level: table_of(Results.open(folder / level), select)
        for level in asked
        if any((folder / level).glob('jobs/*/done'))
    }
    grid = [['choice', *base.methods]]
    for level, choice in asked.items():
        places = {row: level if choice.runs(row) else PROTOCOL for row in choice.has}
        cells = [cell(tables.get(places.get(row, '')), row) for row in base.methods]
        grid.append([level, *cells])
    rule = select or base.select
    return (
        TITLE.format(title=inert(base.title), seeds=len(base.seeds), rule=rule, absent=ABSENT)
        + pipes(grid)
        + '\n'
    )


def options() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').partition('\n')[0])
    parser.add_argument('pair', metavar='PAIR', help=f'{", ".join(configs.names())}, or a YAML file')
    parser.add_argument('--out', type=Path, metavar='DIR', required=True, help='folder of the results')
    parser.add_argument('--methods', nargs='+', default=METHODS, metavar='ROW', help='rows of the catalogue')
    parser.add_argument('--choices', nargs='+', default=[*LEVELS], metavar='CHOICE', help=', '.join(LEVELS))
    parser.add_argument('--seeds', type=int, metavar='N', help='run seeds 0 to N-1')
    parser.add_argument('--steps', type=int, metavar='N', help='training steps of every run')
    parser.add_argument('--select', metavar='RULE', help="selection rule in place of the pair's own")
    parser.add_argument('--workers', type=int, default=os.cpu_count() or 1, metavar='N', help='processes')
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is missing, and print the table; return 1 if a job failed, 2 if the request makes no sense."""
    given = options().parse_args(argv)
    failures = 0
    try:
        asked = choices(
            Path(given.pair).stem,
            configs.load(given.pair),
            given.methods,
            given.choices,
            seeds=given.seeds,
            steps=given.steps,
        )
        for level, choice in asked.items():
            if choice.plan is not None:
                failures += _run(choice.plan, given.out / level, given.workers)
        text = report(asked, given.out, given.select)
    except UserError as error:
        say(error)
        return error.status
    write_whole(given.out / 'ablation.md', text)
    print(text)
    return 1 if failures else 0


def _run(plan: Benchmark, folder: Path, workers: int) -> int:
    failed = run(plan, folder, workers=workers, loggers=(), command=shlex.join(sys.argv))
    for job, why in failed.items():
        say(f'{folder.name}: {job} failed: {why}')
    return len(failed)


if __name__ == '__main__':
    sys.exit(main())
