"""Ways to fine-tune a pretrained backbone, side by side: each is the benchmark again, in a run folder of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from dann.benchmarks.plan.grid import Benchmark, benchmark, expanded
from dann.benchmarks.plan.schema import leave_out_what_needs_frozen
from dann.benchmarks.report.report import table_of
from dann.benchmarks.report.table import Cell, Table
from dann.benchmarks.results.cost import seconds
from dann.benchmarks.results.opened import Results
from dann.benchmarks.results.records import Record
from dann.benchmarks.results.selection import runs
from dann.core.errors import UserError
from dann.core.signatures import constructor
from dann.engine.catalogue import resolve
from dann.reporting.files import write_whole
from dann.reporting.markdown import inert, pipes
from dann.reporting.notation import ABSENT, percent
from dann.reporting.spreadsheet import csv_table
from dann.stats.intervals import Estimate

Config = dict[str, Any]
STRATEGIES = {
    'head-only': 'the backbone is frozen; bottleneck, head and what the method adds are trained',
    'last-blocks': 'the last third of the blocks of the backbone is trained too',
    'all-weights': 'the whole backbone is trained too, at a tenth of the learning rate',
    'from-scratch': 'the whole backbone is trained from random weights, at the full learning rate',
}
METHODS = ('source_only', 'dann', 'mmd', 'target_supervised')  # where none are asked for
SET = (
    'freeze',
    'unfrozen_by',
    'layer_decay',
    'backbone_lr_scale',
)  # by the strategies, whatever the file says
RANDOM: dict[str, Any] = {
    'weights': None,
    'pretrained': False,
}  # options of backbones that mean random weights
FIELDS = (
    'strategy',
    'method',
    'seeds',
    'target',
    'target_half_width',
    'source',
    'source_half_width',
    'source_difference',
    'minutes',
    'extraction_minutes',
    'trained_parameters',
)
TITLE = """# {title}: ways to fine-tune

{how} Accuracies in percent on the test splits, with 95 % intervals over seeds, checkpoints by {rule}.

"""


@dataclass(frozen=True, slots=True)
class Line:
    """One row under one strategy.

    Args:
        strategy: Key of ``STRATEGIES``.
        method: The row's name.
        seeds: How many runs are complete.
        target: Accuracy on the target's test split; ``None`` without a run, or where the target has no labels.
        source: Accuracy on the source's test split; ``None`` without a run, or for the supervised reference.
        source_difference: The same minus source-only's under the same strategy, paired by seed.
        seconds: Of training and evaluation, all seeds together.
        extraction: Seconds that the features took that these runs read; rows that read the same took them once.
        trained: Trained parameters; ``None`` for records of earlier versions.
    """

    strategy: str
    method: str
    seeds: int
    target: Estimate | None
    source: Estimate | None
    source_difference: Estimate | None
    seconds: float
    extraction: float
    trained: int | None


def strategies(
    name: str, config: Mapping[str, Any], methods: Sequence[str] | None = None, **overrides: Any
) -> tuple[dict[str, Benchmark], list[str]]:
    """Return the benchmark under each strategy, by folder, and sentences on those that its backbone cannot follow.

    Args:
        name: Of the benchmark.
        config: Contents of its YAML file.
        methods: Names of the rows to keep; ``None`` for those of ``METHODS`` that it has, or all if it has none.
        overrides: Further keys of the file, such as ``seeds`` and ``steps``; ``None`` leaves what the file says.

    Raises:
        UserError: The backbone has no pretrained weights, or the file is wrong.
    """
    whole = deepcopy(expanded(config))
    benchmark(name, whole, methods=methods, **overrides)  # what is wrong with the file comes first
    methods = methods or [each for each in METHODS if each in whole['methods']]
    kind, given = _backbone(whole)
    random = randomised(kind, given)
    changes = _changes({'class_path': _path(whole), 'init_args': random}, blocks := _count(kind, random))
    said = [f'last-blocks is left out: {kind.__name__} has no blocks to freeze one after another']
    return {
        each: benchmark(name, _changed(whole, change), methods=methods, **overrides)
        for each, change in changes.items()
    }, said if blocks < 2 else []


def _changes(random: Config, blocks: int) -> dict[str, Config]:
    """Return what each strategy sets in the model.

    Args:
        random: The backbone with random weights.
        blocks: How many it has.
    """
    last: dict[str, Config] = {} if blocks < 2 else {'last-blocks': {'freeze': blocks * 2 // 3}}
    return {
        'head-only': {'freeze': 'all'},
        **last,
        'all-weights': {'freeze': 'none', 'backbone_lr_scale': 0.1},
        'from-scratch': {'freeze': 'none', 'backbone': random},
    }


def randomised(kind: type[Any], options: Mapping[str, Any]) -> Config:
    """Return the options of a backbone with which it starts from random weights.

    Args:
        kind: Its class.
        options: As a configuration has them.

    Raises:
        UserError: It starts from random weights already.
    """
    defaults = {each.name: each.default for each in constructor(kind)}
    for name, value in RANDOM.items():
        if name in defaults and options.get(name, defaults[name]) not in (None, False):
            return {**options, name: value}
    raise UserError(
        f'{kind.__name__} starts from random weights here, and strategies of fine-tuning need pretrained ones; '
        'set a backbone that has them, such as EfficientNetLite'
    )


def _changed(config: Config, change: Config) -> Config:
    changed = deepcopy(config)
    options = changed['model']['init_args']
    for name in SET:
        options.pop(name, None)
    options.update(change)
    leave_out_what_needs_frozen(options)
    if changed['data'].get('features') == 'bank':
        changed['data'].pop('features')  # which a backbone that is trained cannot read
    return changed


def _path(config: Mapping[str, Any]) -> str:
    given = (config['model'].get('init_args') or {}).get('backbone')
    path = given.get('class_path') if isinstance(given, dict) else given
    if not isinstance(path, str):
        raise UserError('`model:` has no `backbone` to fine-tune; name one, such as EfficientNetLite')
    return path


def _backbone(config: Mapping[str, Any]) -> tuple[type[Any], Config]:
    """Return the class of the backbone and its options."""
    path, given = _path(config), config['model']['init_args']['backbone']
    return resolve('backbone', path), (given.get('init_args') or {}) if isinstance(given, dict) else {}


def _count(kind: type[Any], options: Config) -> int:
    """Return how many blocks a backbone has."""
    with torch.random.fork_rng(devices=[]):
        return len(kind(**options).blocks())


def followed(root: Path) -> list[str]:
    """Return the strategies that have results in the folder ``root``."""
    return [name for name in STRATEGIES if any((root / name).glob('jobs/*/done'))]


@dataclass(frozen=True, slots=True)
class Compared:
    """The strategies of one benchmark that have results.

    Args:
        title: Of the benchmark.
        pair: Its domains, as a sentence.
        rule: Its selection rule.
        lines: Every row of every strategy.
        opened: The run folders by strategy.
    """

    title: str
    pair: str
    rule: str
    lines: tuple[Line, ...]
    opened: Mapping[str, Results]

    @classmethod
    def open(cls, root: Path) -> Compared:
        """Read the folder ``root``.

        Raises:
            UserError: No job in it is complete.
        """
        opened = {name: Results.open(root / name) for name in followed(root)}
        if not opened:
            raise UserError(f'no completed job in {root}; run the benchmark again to finish them')
        tables = {name: table_of(results) for name, results in opened.items()}
        first = next(iter(tables.values()))
        found = [line for name, table in tables.items() for line in _lines(name, opened[name], table)]
        pair = f'{first.source} to {first.target}.'
        return cls(first.title, pair, first.rule, tuple(found), opened)


def _lines(strategy: str, opened: Results, table: Table) -> list[Line]:
    histories = runs(opened.records)
    found = []
    for row in table.rows:
        own = [history for history in histories.values() if history[0]['method'] == row.method]
        cell: Cell = table.main(row)
        found.append(
            Line(
                strategy,
                row.method,
                len(row.seeds),
                cell.accuracy,
                cell.source_accuracy,
                cell.source_difference,
                sum(map(seconds, own)),
                _extraction([history[-1] for history in own]),
                own[0][-1].get('trained_parameters') if own else None,
            )
        )
    return found


def _extraction(last: Sequence[Record]) -> float:
    """Return the seconds of all banks that runs read: runs from the same backbone read the same."""
    return sum({each.get('initial_backbone', ''): each.get('extraction', 0.0) for each in last}.values())


def as_dict(line: Line) -> dict[str, Any]:
    """Return a line by the names of ``FIELDS``: accuracies as fractions, absent numbers as ``None``."""
    target, source, difference = line.target, line.source, line.source_difference
    values = (
        *(line.strategy, line.method, line.seeds),
        *(target and target.mean, target and target.half_width),
        *(source and source.mean, source and source.half_width, difference and difference.mean),
        *(line.seconds / 60, line.extraction / 60, line.trained),
    )
    return dict(zip(FIELDS, values, strict=True))


def grid(found: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Return the cells of the table of lines, as ``as_dict`` gives them, with a heading."""
    cells = [
        ['strategy', 'row', 'seeds', 'target', 'source', 'of source_only', 'minutes', 'trained parameters']
    ]
    for line in found:
        minutes = f'{line["minutes"]:.1f}'
        if line['extraction_minutes']:
            minutes += f' + {line["extraction_minutes"]:.1f}'
        trained = line['trained_parameters']
        cells.append(
            [
                *(line['strategy'], line['method'], str(line['seeds'])),
                *(_percent(line, 'target'), _percent(line, 'source')),
                percent(_estimate(line['source_difference'], None), signed=True),
                *(minutes if line['seeds'] else ABSENT, ABSENT if trained is None else f'{trained:,}'),
            ]
        )
    return cells


def _percent(line: Mapping[str, Any], name: str) -> str:
    return percent(_estimate(line[name], line[f'{name}_half_width']))


def _estimate(mean: float | None, half_width: float | None) -> Estimate | None:
    return None if mean is None else Estimate(mean, None, half_width, 1)


def explained() -> str:
    """Return what the strategies and the columns are, as Markdown."""
    said = ''.join(f'- `{name}`: {words}.\n' for name, words in STRATEGIES.items())
    return (
        f'{said}\n`source` is the accuracy on the test split of the source after adaptation, and `of source_only` its '
        'difference from that of source_only under the same strategy: below 0 where adaptation forgets the source. '
        '`minutes` are those of training and evaluation of all seeds, and behind the plus those of extracting the '
        'features that a frozen backbone makes once for all rows that read them.\n'
    )


def csv_text(found: Sequence[Line]) -> str:
    """Return lines as CSV; fractions at full precision, empty cells where there is no number."""
    return csv_table([*map(as_dict, found)], FIELDS)


def write(root: Path) -> str:
    """Write ``strategies.md`` and ``strategies.csv`` into a folder, and return the Markdown.

    Raises:
        UserError: No job in it is complete.
    """
    compared = Compared.open(root)
    head = TITLE.format(title=inert(compared.title), how=compared.pair, rule=compared.rule)
    text = f'{head}{pipes(grid([*map(as_dict, compared.lines)]))}\n\n{explained()}'
    write_whole(root / 'strategies.csv', csv_text(compared.lines))
    write_whole(root / 'strategies.md', text)
    return text
