"""``dann advise``: fine-tune, adapt or train anew?"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

from dann.commands.options import add_own_data, add_training, add_workers, named_configuration, typed, workers
from dann.core.errors import UserError
from dann.reporting.files import write_whole
from dann.reporting.json_text import json_text
from dann.reporting.saying import say
from dann.reporting.terminal import for_terminal

SUMMARY = 'fine-tune, adapt or train anew? A short trial, and how often its figures were right before'
DESCRIPTION = (
    'Measures the distance of two domains, tries every option for some minutes (the source network as it is, one '
    'method of each family of adaptation and, with --labels, fine-tuning, a new head and training anew), and says what '
    'follows, with the figure that each answer rests on and how often such a figure was right on measured pairs. '
    'No figure and no answer rests on a label of the target that --labels does not give. Killed and called again it '
    'continues.'
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        'name',
        metavar='NAME',
        help='day-to-night, sim-to-real, or a YAML file, or ROOT: a folder (ROOT/domain/class/image), .csv, '
        '.npz or .npy of your own images, features or series',
    )
    add_own_data(parser)
    add_training(parser)
    parser.add_argument(
        '--labels',
        type=int,
        default=0,
        metavar='N',
        help='target labels of each class that you have, or would have: options with them are tried too',
    )
    parser.add_argument('--minutes', type=float, metavar='M', help='of the trial, about; 5 by default')
    parser.add_argument(
        '--steps', type=int, metavar='N', help='of each run of the trial, in place of --minutes'
    )
    parser.add_argument(
        '--methods',
        nargs='+',
        metavar='ROW',
        help='rows to adapt with: of the file, of the catalogue, or dotted paths of your own; one of each family by '
        'default',
    )
    parser.add_argument(
        '--rules', nargs='+', default=(), metavar='RULE', help='further rules, as dotted paths of your own'
    )
    parser.add_argument(
        '--severity', type=float, metavar='S', help='of the night, from 0 (dusk) to 1 (deep night)'
    )
    parser.add_argument(
        '--halves', choices=('source', 'target'), help='compare two random halves of this domain instead'
    )
    parser.add_argument(
        '--confirm',
        action='store_true',
        help='train every option in full afterwards, and say whether the advice held; reads test labels of the target',
    )
    parser.add_argument('--json', action='store_true', help='print the figures as JSON')
    parser.add_argument(
        '--out', type=Path, metavar='DIR', help='folder of the runs; runs/NAME-advice by default'
    )
    add_workers(parser)


def run(options: argparse.Namespace) -> int:
    """Try, print and write."""
    from dann.advising.advising import MINUTES, advise
    from dann.advising.report import advice_markdown

    _check(options)
    name, config = _configuration(options)
    out = options.out or Path('runs') / f'{name}-advice'
    found = advise(
        name,
        config,
        out,
        methods=options.methods,
        labels=options.labels,
        minutes=MINUTES if options.minutes is None else options.minutes,
        steps=options.steps,
        rules=options.rules,
        confirm=options.confirm,
        workers=workers(options),
        command=typed(),
        say=say,
    )
    text = advice_markdown(found)
    write_whole(out / 'advice.md', text)
    print(json_text(found.as_json()) if options.json else for_terminal(text), end='')
    if not options.json:
        print(f'Advice: {out / "advice.md"}, {out / "advice.json"}')
    return 0


def _check(options: argparse.Namespace) -> None:
    if options.minutes is not None and not 0 < options.minutes < math.inf:
        raise UserError(f'expected `--minutes` above 0, got {options.minutes:g}')
    if options.steps is not None and options.steps < 1:
        raise UserError(f'expected `--steps` above 0, got {options.steps}')
    if options.minutes is not None and options.steps is not None:
        raise UserError('--steps takes the place of --minutes; name one of them')


def _configuration(options: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    """Return name and configuration of the pair."""
    from dann.benchmarks.plan.grid import benchmark, expanded
    from dann.benchmarks.plan.halved import halved
    from dann.benchmarks.plan.suite import is_suite

    labels = [str(options.labels)] if options.labels else None
    name, config = named_configuration(argparse.Namespace(**vars(options) | {'labels': labels}))
    if is_suite(config):
        raise UserError(f'{options.name} is several benchmarks; name one: {", ".join(config["benchmarks"])}')
    config = expanded(config)
    config['data'] = benchmark(name, config, severity=options.severity).data
    if options.severity is not None:
        name = f'{name}-severity-{options.severity:g}'
    if not options.halves:
        return name, config
    return f'{name}-{options.halves}-halves', halved(name, config, options.halves)
