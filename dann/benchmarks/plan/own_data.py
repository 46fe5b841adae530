"""A benchmark on the user's own data: a folder, a table or an archive in place of a configuration."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dann import configs
from dann.benchmarks.plan import own_choices
from dann.benchmarks.plan.own_choices import Choices
from dann.benchmarks.plan.plan import PER_SEED
from dann.core.errors import UserError
from dann.core.shown import shown
from dann.datasets.base import SPLITS
from dann.datasets.splitting import drawn_count

SUFFIXES = ('.csv', '.npz', '.npy')
SMALL = 1000  # test samples below which each seed draws splits of its own
TRANSDUCTIVE = 'transductive'


def is_data(name: str) -> bool:
    """Whether what ``dann benchmark`` was given is a folder, a table or an archive of the user's own."""
    path = Path(name)
    return name not in configs.names() and (path.is_dir() or path.suffix.lower() in SUFFIXES)


def title(
    name: str,
    sources: str | Sequence[str],
    target: str,
    protocol: str | None = None,
    unseen: Sequence[str] = (),
) -> str:
    """Return what to call the benchmark: the data's name, all domains, and the protocol if it is transductive."""
    named = [sources] if isinstance(sources, str) else sources
    ends = [Path(name).resolve().stem, *named, 'to', target] + [protocol or ''] * (protocol == TRANSDUCTIVE)
    ends += ['unseen', *dict.fromkeys(unseen)] if unseen else []
    return '-'.join(ends).replace('/', '-').replace(' ', '-')


def configuration(
    name: str,
    sources: str | Sequence[str],
    target: str,
    choices: Choices = Choices(),
    command: str = 'benchmark',
    labels: int = 0,
    unseen: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the default configuration for domains of the user's own images, features or series.

    For ``benchmark`` the batch size is lowered to what the smaller training split has, and a line says so; where the
    target's test split is drawn and has fewer than 1,000 samples, each seed draws splits of its own.

    Args:
        name: Folder, ``.csv``, ``.npz`` or ``.npy``.
        sources: The labelled domain, or several of them.
        target: The domain to adapt to.
        choices: What else the command line says.
        command: ``benchmark``, or ``gap``, which trains nothing.
        labels: How many labels of each class of the target some row has: their samples are not in its batches.
        unseen: Domains that are scored and not trained on.

    Raises:
        UserError: A domain is unknown, the source of a benchmark has no labels to train on, a domain cannot be unseen
            beside these, or an option is for images and these are features, or has no such value.
    """
    from dann.datasets.base import unlabelled
    from dann.datasets.sources import Sources
    from dann.datasets.unseen import check_unseen

    kind, key = _layout(name)
    config, size = _defaults(name, choices)
    also: dict[str, Any] = {**size, **({} if choices.groups is None else {'groups': choices.groups})}
    named = [sources] if isinstance(sources, str) else sources
    options = [{key: str(Path(name)), 'domain': domain} | also for domain in (*named, target)]
    *parts, last = [kind(**each) for each in options]
    _for_series(config, parts[0].image_shape)
    for part in parts:
        if command == 'benchmark' and not part.labelled:
            raise UserError(unlabelled(part.name))
    for domain in (*parts, last):
        domain.prepare()
    domains = {'source': parts[0] if len(parts) == 1 else Sources(parts), 'target': last}
    *of_source, of_target = [_named(kind, each) for each in options]
    config['data'] |= {'source': of_source[0] if len(parts) == 1 else of_source, 'target': of_target}
    if unseen:
        beside = [options[0] | {'domain': each} for each in dict.fromkeys(unseen)]
        check_unseen([kind(**each) for each in beside], domains['source'], last)
        config['data']['unseen'] = [_named(kind, each) for each in beside]
    config['title'] = f'{domains["source"].name} to {domains["target"].name}'
    if 'augment' in config['data']:
        own_choices.mirror(config['data'], choices.flip, domains['source'].classes)
    if command == 'benchmark':
        _set_protocol(config, choices.protocol)
        if domains['target'].drawn and len(domains['target'].ids('test')) < SMALL:
            config['splits'] = PER_SEED
        _lower_batch(config['data'], domains, labels * len(last.classes))
    return config


def _named(kind: Any, options: dict[str, Any]) -> dict[str, Any]:
    return {'class_path': kind.__name__, 'init_args': options}


def _set_protocol(config: dict[str, Any], protocol: str | None) -> None:
    """Name the protocol, and leave rows out that train on labels of the target where these are what is scored."""
    if protocol == TRANSDUCTIVE:
        config['data']['setting'] = TRANSDUCTIVE
        rows = (
            configs.load(config['methods'])['methods']
            if isinstance(config['methods'], str)
            else config['methods']
        )
        config['methods'] = {name: row for name, row in rows.items() if not (row or {}).get('reference')}


def check_domains(
    name: str, sources: Sequence[str] | None, targets: Sequence[str] | None, command: str
) -> tuple[list[str], list[str]]:
    """Return sources and targets; raise ``UserError`` with the command to type unless both were named."""
    if sources and targets:
        return list(dict.fromkeys(sources)), list(dict.fromkeys(targets))
    source, target = (next(iter(given or []), None) for given in (sources, targets))
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


def _defaults(name: str, choices: Choices) -> tuple[dict[str, Any], dict[str, int]]:
    """Return the configuration for images or for features, and the options of both domains."""
    from dann.datasets.own.layouts import holds_features

    if not holds_features(Path(name)):
        config, size = own_choices.configuration(choices), choices.size
        return config, {'size': config['data']['source']['init_args']['size'] if size is None else size}
    own_choices.refuse_for_features(choices, name)
    return configs.load('own-features'), {}


def _for_series(config: dict[str, Any], shape: tuple[int, ...]) -> None:
    if len(shape) == 2:
        short = {'init_args': {'pool': False}} if shape[1] < 8 else {}
        config['model']['init_args']['backbone'] = {'class_path': 'ConvNet1d'} | short


def _lower_batch(data: dict[str, Any], domains: dict[str, Any], given_away: int) -> None:
    sizes = {end: fewest(domain, end, data.get('setting')) for end, domain in domains.items()}
    sizes['target'] = max(sizes['target'] - given_away, 2)
    end = min(sizes, key=lambda end: sizes[end])
    if sizes[end] < data['batch_size']:
        smallest, size = domains[end], sizes[end]
        what = 'images' if len(smallest.image_shape) == 3 else 'samples'
        print(
            f'batch size {size} instead of {data["batch_size"]}: '
            f'{shown(smallest.name)} has {size} training {what}'
            + ' without labels'
            * bool(given_away and end == 'target'),
            file=sys.stderr,  # where it stands beside no JSON
        )
        data['batch_size'] = size


def fewest(domain: Any, end: str, setting: str | None = None) -> int:
    """Return how many training samples a domain has at least, whatever seed draws its splits.

    Args:
        domain: The domain.
        end: ``source`` or ``target``.
        setting: ``transductive``, where the source keeps its test split for training and the target both others.
    """
    from dann.datasets.sources import Sources

    if isinstance(domain, Sources):
        return sum(fewest(each, end, setting) for each in domain.inner)
    kept = {'source': ('train', 'test'), 'target': SPLITS}[end] if setting == TRANSDUCTIVE else ('train',)
    now = sum(len(domain.ids(split)) for split in kept)
    if not domain.drawn:
        return now
    copies = {name.partition('#')[0] for split in SPLITS for name in domain.ids(split)}
    shares = {'val': domain.val, 'test': domain.test}
    taken = sum(drawn_count(len(copies), share) for split, share in shares.items() if split not in kept)
    return min(now, len(copies) - taken)
