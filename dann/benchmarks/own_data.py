"""A benchmark on images of one's own: a folder, a table or an archive in place of a configuration."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any

from dann import configs
from dann.errors import UserError

OPTIONS = ('source', 'target', 'size')


def is_data(name: str) -> bool:
    """Whether what ``dann benchmark`` was given is a folder, a table or an archive of images."""
    path = Path(name)
    return name not in configs.names() and (path.is_dir() or path.suffix.lower() in ('.csv', '.npz'))


def refuse_options(options: argparse.Namespace) -> None:
    """Raise ``UserError`` if options for images of one's own were given with a configuration."""
    for key in OPTIONS:
        if getattr(options, key, None) is not None:
            raise UserError(
                f'`--{key}` is for a folder, .csv or .npz of images; {options.name} says itself what it runs on'
            )


def title_of(options: argparse.Namespace) -> str:
    """Return what to call the benchmark: the data's name and both domains."""
    stem = Path(options.name).resolve().stem
    return f'{stem}-{options.source}-to-{options.target}'.replace('/', '-').replace(' ', '-')


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what only images of one's own need."""
    parser.add_argument('--source', metavar='DOMAIN', help='of ROOT: the labelled domain')
    parser.add_argument('--target', metavar='DOMAIN', help='of ROOT: the domain to adapt to')
    parser.add_argument(
        '--size', type=int, metavar='PIXELS', help='of ROOT: side of the images; 64 by default'
    )


def configuration(options: argparse.Namespace, command: str = 'benchmark') -> dict[str, Any]:
    """Return the default configuration for the two domains that were asked for.

    For ``benchmark`` the batch size is lowered to that of the smaller training split, and a line says so.

    Args:
        options: Where the data is, and which domain is which.
        command: ``benchmark``, or ``gap``, which trains nothing and needs no labels of the target.

    Raises:
        UserError: A domain is missing or unknown, or the target has no labels to report on.
    """
    from dann.datasets import Arrays, Folder, Table
    from dann.datasets.base import unlabelled

    path = Path(options.name)
    layouts: dict[str, tuple[Any, str]] = {'.csv': (Table, 'path'), '.npz': (Arrays, 'path')}
    kind, key = (Folder, 'root') if path.is_dir() else layouts[path.suffix.lower()]
    _check_domains(options, kind.domains_of(path), command)
    config = configs.load('own-data')
    size = config['data']['source']['init_args']['size'] if options.size is None else options.size
    sides = {
        side: {key: str(path), 'domain': getattr(options, side), 'size': size}
        for side in ('source', 'target')
    }
    domains = {side: kind(**chosen) for side, chosen in sides.items()}
    if command == 'benchmark' and not domains['target'].labelled:
        raise UserError(unlabelled(domains['target'].name))
    for side, domain in domains.items():
        domain.prepare()
        config['data'][side] = {'class_path': kind.__name__, 'init_args': sides[side]}
    config['title'] = f'{domains["source"].name} to {domains["target"].name}'
    config['model']['init_args']['backbone']['init_args']['image_size'] = size
    if command == 'benchmark':
        _lower_batch(config['data'], list(domains.values()))
    return config


def _check_domains(options: argparse.Namespace, known: list[str], verb: str) -> None:
    """Raise ``UserError`` with the command to type unless both domains were named."""
    if options.source and options.target:
        return
    if len(known) < 2:
        raise UserError(
            f'{options.name} has {len(known)} domain of the two it takes ({", ".join(known)}); '
            'lay images out as ROOT/domain/class/image'
        )
    source = options.source or next(name for name in known if name != options.target)
    target = options.target or next(name for name in known if name != source)
    command = f'dann {verb} {shlex.join([options.name, "--source", source, "--target", target])}'
    raise UserError(
        f'{options.name} has the domains {", ".join(known)}; say which is which, for example `{command}`'
    )


def _lower_batch(data: dict[str, Any], domains: list[Any]) -> None:
    smallest = min(domains, key=lambda domain: len(domain.ids('train')))
    size = len(smallest.ids('train'))
    if size < data['batch_size']:
        print(
            f'batch size {size} instead of {data["batch_size"]}: {smallest.name} has {size} training images'
        )
        data['batch_size'] = size
