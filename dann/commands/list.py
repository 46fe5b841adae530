"""``dann list``: shows which methods, data sets, backbones, validators and benchmarks there are."""

from __future__ import annotations

import argparse

from dann import configs
from dann.core.errors import unknown
from dann.reporting.json_text import json_text
from dann.reporting.terminal import columns

KINDS = ('methods', 'datasets', 'backbones', 'validators', 'fairness', 'online', 'pretraining', 'benchmarks')
SUMMARY = 'show what there is: ' + ', '.join(KINDS)
DESCRIPTION = 'Shows what there is of a kind, by name.'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument('kind', metavar='KIND', help='one of ' + ', '.join(KINDS))
    parser.add_argument(
        '--show',
        metavar='NAME',
        help='one of them: what it does, its options with defaults, its paper, and a command that runs it',
    )
    parser.add_argument('--json', action='store_true', help='print the list as JSON')


def run(options: argparse.Namespace) -> int:
    """Print the list, or one entry of it."""
    if options.kind not in KINDS:
        raise unknown('kind', options.kind, KINDS)
    if options.show:
        print(_shown(options.kind, options.show))
        return 0
    rows = _rows(options.kind)
    if options.json:
        print(json_text(rows), end='')
        return 0
    print('\n'.join(columns([[*row.values()] for row in rows])))
    if options.kind == 'methods':
        alone = [
            row['family'] for row in rows if row['family'] != 'combined'
        ]  # a sum of methods is not another method
        print(f'{len(alone)} methods of {len(set(alone))} families')
    return 0


def _shown(kind: str, name: str) -> str:
    if kind in ('methods', 'backbones', 'validators', 'fairness', 'online', 'pretraining'):
        from dann.engine.showing import shown

        return shown(kind, name)
    if kind == 'datasets':
        from dann.engine.listing import describe_dataset

        return '\n'.join(f'{key}: {value}' for key, value in describe_dataset(name).items() if value)
    import yaml

    from dann.benchmarks.plan.grid import expanded

    text: str = yaml.safe_dump(expanded(configs.load(name)), sort_keys=False)
    return text.removesuffix('\n')


def _rows(kind: str) -> list[dict[str, str]]:
    if kind == 'benchmarks':
        return [{'name': name, 'title': str(configs.load(name)['title'])} for name in configs.names()]
    from dann.engine.listing import rows_of

    return rows_of(kind)
