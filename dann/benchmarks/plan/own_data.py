"""A benchmark on the user's own data: a folder, a table or an archive in place of a configuration."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from dann import configs
from dann.core.errors import UserError

SUFFIXES = ('.csv', '.npz', '.npy')


def is_data(name: str) -> bool:
    """Whether what ``dann benchmark`` was given is a folder, a table or an archive of the user's own."""
    path = Path(name)
    return name not in configs.names() and (path.is_dir() or path.suffix.lower() in SUFFIXES)


def title(name: str, source: str, target: str) -> str:
    """Return what to call the benchmark: the data's name and both domains."""
    stem = Path(name).resolve().stem
    return f'{stem}-{source}-to-{target}'.replace('/', '-').replace(' ', '-')


def configuration(
    name: str, source: str, target: str, size: int | None = None, command: str = 'benchmark'
) -> dict[str, Any]:
    """Return the default configuration for two domains of the user's own images, features or series.

    For ``benchmark`` the batch size is lowered to that of the smaller training split, and a line says so.

    Args:
        name: Folder, ``.csv``, ``.npz`` or ``.npy``.
        source: The labelled domain.
        target: The domain to adapt to.
        size: Side of images in pixels; that of ``own-data.yaml`` by default.
        command: ``benchmark``, or ``gap``, which trains nothing.

    Raises:
        UserError: A domain is unknown, the source of a benchmark has no labels to train on, or features were given a
            size.
    """
    from dann.datasets.base import unlabelled

    kind, key = _layout(name)
    config, also = _defaults(name, size)
    sides = {
        end: {key: str(Path(name)), 'domain': domain} | also
        for end, domain in (('source', source), ('target', target))
    }
    domains = {end: kind(**chosen) for end, chosen in sides.items()}
    _for_series(config, domains['source'].image_shape)
    if command == 'benchmark' and not domains['source'].labelled:
        raise UserError(unlabelled(domains['source'].name))
    for end, domain in domains.items():
        domain.prepare()
        config['data'][end] = {'class_path': kind.__name__, 'init_args': sides[end]}
    config['title'] = f'{domains["source"].name} to {domains["target"].name}'
    if command == 'benchmark':
        _lower_batch(config['data'], list(domains.values()))
    return config


def check_domains(name: str, source: str | None, target: str | None, command: str) -> tuple[str, str]:
    """Return both domains; raise ``UserError`` with the command to type unless both were named."""
    if source and target:
        return source, target
    known = _layout(name)[0].domains_of(Path(name))
    if len(known) < 2:
        raise UserError(
            f'{name} has {len(known)} domain of the two it takes ({", ".join(known)}); '
            + (
                'lay images out as ROOT/domain/class/image'
                if Path(name).is_dir()
                else 'name both in `domain`'
            )
        )
    first = source or next(each for each in known if each != target)
    second = target or next(each for each in known if each != first)
    typed = f'dann {command} {shlex.join([name, "--source", first, "--target", second])}'
    raise UserError(f'{name} has the domains {", ".join(known)}; say which is which, for example `{typed}`')


def _layout(name: str) -> tuple[Any, str]:
    """Return the class that reads such data, and the option that takes its place."""
    from dann.datasets.own.layouts import class_for

    return class_for(Path(name))


def _defaults(name: str, size: int | None) -> tuple[dict[str, Any], dict[str, int]]:
    """Return the configuration for images or for features, and the options of both domains."""
    from dann.datasets.own.layouts import holds_features

    if not holds_features(Path(name)):
        config = configs.load('own-data')
        return config, {'size': config['data']['source']['init_args']['size'] if size is None else size}
    if size is not None:
        raise UserError(f'`--size` is for images, and {name} holds features; leave it out')
    return configs.load('own-features'), {}


def _for_series(config: dict[str, Any], shape: tuple[int, ...]) -> None:
    if len(shape) == 2:
        short = {'init_args': {'pool': False}} if shape[1] < 8 else {}
        config['model']['init_args']['backbone'] = {'class_path': 'ConvNet1d'} | short


def _lower_batch(data: dict[str, Any], domains: list[Any]) -> None:
    smallest = min(domains, key=lambda domain: len(domain.ids('train')))
    size = len(smallest.ids('train'))
    if size < data['batch_size']:
        what = 'images' if len(smallest.image_shape) == 3 else 'samples'
        print(
            f'batch size {size} instead of {data["batch_size"]}: {smallest.name} has {size} training {what}'
        )
        data['batch_size'] = size
