"""``dann gap``: how far apart two domains are."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dann.commands.options import add_allow, add_own_data, named_configuration
from dann.core.errors import UserError
from dann.reporting.files import write_whole
from dann.reporting.json_text import json_text
from dann.reporting.saying import say
from dann.reporting.terminal import for_terminal

if TYPE_CHECKING:
    from dann.datasets.pair import DomainPair
    from dann.shift.report import Network

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
        help='day-to-night, sim-to-real, or a YAML file, or ROOT: a folder (ROOT/domain/class/image), .csv, '
        '.npz or .npy',
    )
    add_own_data(parser)
    parser.add_argument(
        '--on',
        nargs='+',
        default=['pixels', 'encoder'],
        metavar='WHAT',
        help='any of pixels, encoder, and folders that `dann benchmark` wrote; pixels and encoder by default',
    )
    parser.add_argument('--methods', nargs='+', metavar='ROW', help='only these rows of such a folder')
    add_allow(parser)
    parser.add_argument(
        '--severity', type=float, metavar='S', help='how dark the night is, from 0 (dusk) to 1'
    )
    parser.add_argument(
        '--halves', choices=('source', 'target'), help='compare two random halves of this domain instead'
    )
    _add_draws(parser)
    parser.add_argument('--json', action='store_true', help='print the figures as JSON')
    parser.add_argument('--out', type=Path, metavar='DIR', help='write gap.json and gap.md there')


def _add_draws(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--split', choices=('train', 'val', 'test'), default='test', help='test by default')
    parser.add_argument(
        '--samples', type=int, default=1000, metavar='N', help='images of each domain, at most'
    )
    parser.add_argument(
        '--permutations', type=int, default=499, metavar='N', help='permutations of the test; at least 199'
    )
    parser.add_argument('--seed', type=int, default=0, metavar='N', help='seed of all that is drawn')
    parser.add_argument(
        '--repeats',
        type=int,
        metavar='N',
        help='with --halves: halve N times, with seeds from --seed upwards, and count how often the test rejects',
    )


def run(options: argparse.Namespace) -> int:
    """Measure, print and, if asked for, write."""
    from dann.shift import gap, rank_sources, repeat_halves

    _validate(options)
    pair = _pair(options)
    draw = {key: getattr(options, key) for key in ('split', 'samples', 'permutations', 'seed', 'halves')}
    draw['on'] = [_features(on, options.methods, options.allow) for on in options.on]
    report: Any
    if pair.num_sources > 1 and not options.halves:
        del draw['halves']
        report = rank_sources(pair, **draw)
    else:
        report = (
            repeat_halves(pair, repeats=options.repeats, **draw) if options.repeats else gap(pair, **draw)
        )
    written = json_text(report.as_json())
    text = report.as_markdown()
    print(written if options.json else for_terminal(text), end='')
    if options.out:
        write_whole(options.out / 'gap.json', written)
        write_whole(options.out / 'gap.md', text)
    return 0


def _validate(options: argparse.Namespace) -> None:
    from dann.shift.report import BUILT_IN, LEAST, MOST

    for key, least in LEAST.items():
        value = getattr(options, key)
        if value is not None and value < least:
            raise UserError(f'expected `--{key}` of at least {least}, got {value}')
        if value is not None and value > MOST and key != 'seed':
            raise UserError(f'expected `--{key}` of at most {MOST:,}, got {value}')
    if options.repeats and not options.halves:
        raise UserError('`--repeats` tests what is true, two halves of one domain; add --halves source')
    for on in options.on:
        if on not in BUILT_IN and not Path(on).is_dir():
            raise UserError(
                f'expected `--on` pixels, encoder or a folder that `dann benchmark` wrote, got {on}; '
                'run the benchmark first, or correct the path'
            )


def _pair(options: argparse.Namespace) -> DomainPair:
    """Return the two domains, configured as ``dann benchmark`` would."""
    from dann.benchmarks.plan.grid import benchmark
    from dann.benchmarks.plan.suite import is_suite
    from dann.engine.loggers import quiet
    from dann.shift.pairs import configured_pair

    name, config = named_configuration(options, 'gap')
    if is_suite(config):
        raise UserError(f'{options.name} is several benchmarks; name one: {", ".join(config["benchmarks"])}')
    quiet()
    return configured_pair(benchmark(name, config, severity=options.severity).shared(0)['data'])


def _features(on: str, methods: Sequence[str] | None, allow: Sequence[str]) -> str | Network:
    """Return what ``--on`` names: a word that ``gap`` knows, or the networks in a benchmark's folder."""
    from dann.benchmarks.results.trained import trained_networks
    from dann.benchmarks.results.underway import lacking
    from dann.shift.report import BUILT_IN

    if on in BUILT_IN:
        return on
    if line := lacking(Path(on), 'measured'):
        say(line)
    return trained_networks(Path(on), methods, allow)
