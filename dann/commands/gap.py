"""``dann gap``: its options, and what it does."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dann.commands.options import add_own_data, named_configuration
from dann.core.errors import UserError
from dann.reporting.files import write_whole

if TYPE_CHECKING:
    from dann.datasets.pair import DomainPair
    from dann.shift.domains import Domains
    from dann.shift.seen import Seen

# the configured network, which may be large or pretrained, sees nothing here
UNUSED = {
    'class_path': 'AdaptationModule',
    'init_args': {'backbone': {'class_path': 'ConvNet'}, 'validators': []},
}


SUMMARY = 'measure how far apart two domains are, without target labels'
DESCRIPTION = (
    'Measures the distance between two domains on pixels, on a fixed encoder and on the features of '
    'trained networks, says whether it is small, moderate or large, and what usually helps. Target labels are '
    'never read.'
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        'name',
        metavar='NAME',
        help='day-to-night, sim-to-real, or a YAML file, or ROOT: a folder (ROOT/domain/class/image), .csv or .npz',
    )
    add_own_data(parser)
    parser.add_argument(
        '--on',
        nargs='+',
        default=['pixels', 'encoder'],
        metavar='WHAT',
        help='any of pixels, encoder, and folders that `dann benchmark` wrote; pixels and encoder by default',
    )
    parser.add_argument('--methods', nargs='+', metavar='ROW', help='of such a folder, only these rows')
    parser.add_argument('--severity', type=float, metavar='S', help='of the night, from 0 (dusk) to 1')
    parser.add_argument(
        '--halves', choices=('source', 'target'), help='compare two random halves of this domain instead'
    )
    _add_draws(parser)
    parser.add_argument('--json', action='store_true', help='print the figures as JSON')
    parser.add_argument('--out', type=Path, metavar='DIR', help='write gap.json and gap.md there')


def _add_draws(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--split', choices=('train', 'val', 'test'), default='test', help='test by default')
    parser.add_argument('--samples', type=int, default=1000, metavar='N', help='of each domain, at most')
    parser.add_argument('--permutations', type=int, default=499, metavar='N', help='of the test; from 199 up')
    parser.add_argument('--seed', type=int, default=0, metavar='N', help='of all that is drawn')
    parser.add_argument(
        '--repeats',
        type=int,
        metavar='N',
        help='with --halves: test N random halvings, seeds upwards from --seed, and count how often it rejects',
    )


def run(options: argparse.Namespace) -> int:
    """Measure, print and, if asked for, write."""
    from dann.shift.domains import load_domains
    from dann.shift.summary import repeats_summary, summary

    _refuse(options)
    pair = _pair(options)
    draw = {'samples': options.samples, 'seed': options.seed}
    domains = load_domains(pair, options.split, halves=options.halves, **draw)
    if options.repeats:
        facts, text = repeats_summary(_seen(options, domains, pair), domains, options)
    else:
        floor = None if options.halves else load_domains(pair, options.split, halves='source', **draw)
        halves = [] if floor is None else _seen(options, floor, pair, trained=False)
        facts, text = summary(_seen(options, domains, pair), halves, domains, options)
    written = json.dumps(facts, indent=2, ensure_ascii=False, allow_nan=False) + '\n'
    print(written if options.json else text, end='')
    if options.out:
        write_whole(options.out / 'gap.json', written.encode())
        write_whole(options.out / 'gap.md', text.encode())
    return 0


def _refuse(options: argparse.Namespace) -> None:
    for key, least in (('samples', 20), ('permutations', 199), ('seed', 0), ('repeats', 1)):
        value = getattr(options, key)
        if value is not None and value < least:
            raise UserError(f'expected `--{key}` of at least {least}, got {value}')
    if options.repeats and not options.halves:
        raise UserError('`--repeats` test what is true, two halves of one domain; add --halves source')
    for on in options.on:
        if on not in ('pixels', 'encoder') and not Path(on).is_dir():
            raise UserError(
                f'expected `--on` pixels, encoder or a folder that `dann benchmark` wrote, got {on}; '
                'run the benchmark first, or correct the path'
            )


def _pair(options: argparse.Namespace) -> DomainPair:
    """Return the two domains, configured as ``dann benchmark`` would."""
    from dann.benchmarks.plan.grid import benchmark
    from dann.benchmarks.plan.suite import is_suite
    from dann.benchmarks.results.trained import OFF
    from dann.engine.experiment import ExperimentCLI
    from dann.engine.loggers import quiet

    name, config = named_configuration(options, 'gap')
    if is_suite(config):
        raise UserError(f'{options.name} is several benchmarks; name one: {", ".join(config["benchmarks"])}')
    quiet()
    grid = benchmark(name, config, severity=options.severity)
    shared = grid.shared(0) | {'model': UNUSED}
    pair: DomainPair = ExperimentCLI(shared | {'trainer': shared['trainer'] | OFF}, run=False).datamodule
    return pair


def _seen(
    options: argparse.Namespace, domains: Domains, pair: DomainPair, *, trained: bool = True
) -> Iterator[Seen]:
    """Yield what was asked for, one row each."""
    from dann.benchmarks.results.trained import seen_by, trained_jobs
    from dann.shift.encoders import fixed_encoder
    from dann.shift.features import encoded, pixels

    for on in options.on:
        if on == 'pixels':
            yield pixels(domains)
        elif on == 'encoder':
            name, network = fixed_encoder(domains.image_shape, options.seed)
            yield encoded(name, network, network.stages(), domains)
        elif trained:
            for job, record in trained_jobs(Path(on), options.methods):
                yield seen_by(job, record, domains, pair)
