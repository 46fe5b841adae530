"""``dann online``: adapts a deployed network to a stream while it predicts it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dann.commands.options import add_allow, add_checkpoint, typed
from dann.core.errors import UserError, check
from dann.reporting.files import write_whole
from dann.reporting.json_text import json_text
from dann.reporting.saying import say
from dann.reporting.terminal import for_terminal

if TYPE_CHECKING:
    from torch import Tensor

    from dann.datasets.base import DomainDataset
    from dann.datasets.rendered.street.dataset import Street
    from dann.engine.trained import TrainedModel
    from dann.transfer.online.report import OnlineReport
    from dann.transfer.online.stream import Segment, Stream

SUMMARY = 'test-time adaptation: a stream goes once past a trained model, which learns from it'
DESCRIPTION = (
    'Sends unlabelled batches once past a trained model. Every batch is predicted and then learned from; the table '
    'counts the predictions that were made at that moment. Labels are read when all is predicted, and by no method.'
)
PROTOCOLS = ('one', 'continual', 'gradual', 'mixed', 'reset')
IMAGES, SOURCE_IMAGES = 1000, 256


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_checkpoint(parser, ', of which each seed is a network')
    parser.add_argument(
        '--row', metavar='ROW', help='of a benchmark with several rows; source_only by default'
    )
    parser.add_argument(
        '--methods',
        nargs='+',
        metavar='METHOD',
        help='any of none, bn_adapt, tent, eata, sar, cotta, and classes by dotted path; options behind a colon, as in '
        'tent:lr=0.01,...; all but those that take many times as long by default',
    )
    parser.add_argument(
        '--protocol',
        choices=PROTOCOLS,
        default=PROTOCOLS[0],
        help='one domain; several one after another (continual), in small steps (gradual), shuffled (mixed), or one '
        'after another and methods begin anew at each (reset); one by default',
    )
    _add_data(parser)
    parser.add_argument(
        '--batch-size',
        type=int,
        default=32,
        metavar='N',
        help='images of a batch, at most, from 3 on; 32 by default',
    )
    parser.add_argument(
        '--seeds', type=int, default=3, metavar='N', help='streams, each drawn anew; 3 by default'
    )
    add_allow(parser)
    parser.add_argument('--json', action='store_true', help='print the figures as JSON')
    parser.add_argument('--out', type=Path, metavar='DIR', help='write online.json and online.md there')


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--data',
        default='day-to-night',
        metavar='NAME',
        help="a benchmark's target, or ROOT as of dann benchmark; day-to-night by default, whose night has severities",
    )
    parser.add_argument('--targets', nargs='+', metavar='DOMAIN', help='of ROOT: the domains, in their order')
    parser.add_argument('--source', metavar='DOMAIN', help='of ROOT: unlabelled images of it are for eata')
    parser.add_argument(
        '--severities',
        nargs='+',
        type=float,
        metavar='S',
        help='of the night: from 0 (dusk) to 1, in their order',
    )
    parser.add_argument(
        '--images',
        type=int,
        metavar='N',
        help=f'of a stream, at most; {IMAGES} of the night by default, else all',
    )


def run(options: argparse.Namespace) -> int:
    """Pass the streams, print and, if asked for, write."""
    from dann.engine.finding import weights_of_seeds
    from dann.engine.trained import load

    check(1 <= options.seeds <= 1000, f'expected `--seeds` from 1 to 1,000, got {options.seeds}')
    if options.images is not None:
        check(options.images >= 2, f'expected `--images` of at least 2, got {options.images}')
    methods = _methods(options)
    places = weights_of_seeds(options.checkpoint, options.row)[: options.seeds]
    models = [load(each, allow=options.allow) for each in places]
    streams, source = _data(options, models[0], methods)
    report = _passed(models, streams, methods, source)
    found = {'run': _run(), **report.as_json()}
    print(json_text(found) if options.json else for_terminal(report.as_markdown()), end='')
    if options.out:
        write_whole(options.out / 'online.json', json_text(found))
        write_whole(options.out / 'online.md', report.as_markdown())
    return 0


def _run() -> dict[str, Any]:
    from datetime import UTC, datetime

    from dann.benchmarks.running.provenance import commit, conditions

    return {**conditions(typed()), 'commit': commit(), 'date': datetime.now(UTC).date().isoformat()}


def _methods(options: argparse.Namespace) -> list[str]:
    """Return the methods as they are named, each of which exists; without a name those that can be run."""
    from dann.benchmarks.plan import own_data
    from dann.methods.online.chosen import make, online_methods

    if options.methods:
        for each in options.methods:
            make(each)
        return list(dict.fromkeys(options.methods))
    found = {name: kind for name, kind in online_methods().items() if not kind.dear}
    if own_data.is_data(options.data) and options.targets and not options.source:
        found, left = {name: kind for name, kind in found.items() if not kind.needs_source}, found
        for name in left.keys() - found.keys():
            say(f'{name} is left out: it needs unlabelled images of the source; name it with --source')
    return list(found)


def _passed(
    models: Sequence[TrainedModel],
    streams: Sequence[Stream],
    methods: Sequence[str],
    source: Tensor | None,
) -> OnlineReport:
    from rich.console import Console
    from rich.progress import Progress

    from dann.transfer.online.study import Passing, online

    images, console = len(streams[0]), Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task('', total=images * len(methods) * len(streams))

        def tick(now: Passing) -> None:
            progress.update(bar, completed=now.number * images + now.images, description=now.method)

        return online(models, streams, methods, source=source, tick=tick)


def _data(
    options: argparse.Namespace, model: TrainedModel, methods: Sequence[str]
) -> tuple[list[Stream], Tensor | None]:
    """Return a stream for each seed and, where a method needs some, images of the source."""
    from dann.benchmarks.plan import own_data
    from dann.datasets.rendered.street.dataset import Street
    from dann.methods.online.chosen import make

    needed = any(make(each).needs_source for each in methods)
    if own_data.is_data(options.data):
        return _own(options, model, needed=needed)
    _only_for(options, 'targets', 'source', what='ROOT')
    source, target = _domains(options.data)
    if isinstance(target, Street) and target.domain == 'night':
        return _streets(options, target), _unseen(source) if needed else None
    _only_for(options, 'severities', what='the night')
    return _of_domains(options, [target]), _held(source) if needed else None


def _only_for(options: argparse.Namespace, *names: str, what: str) -> None:
    for name in names:
        if getattr(options, name) is not None:
            raise UserError(f'`--{name}` is for {what}, and --data is {options.data}; leave --{name} out')


def _domains(name: str) -> tuple[DomainDataset, DomainDataset]:
    from dann.shift.pairs import pair_of

    pair = pair_of(name)
    return pair.source, pair.target


def _streets(options: argparse.Namespace, target: Street) -> list[Stream]:
    from dann.transfer.online.protocols import arranged
    from dann.transfer.online.streets import nights

    images = options.images or IMAGES
    own = [target.severity] if options.protocol == 'one' else None
    severities = options.severities or own
    return [
        arranged(
            options.protocol,
            nights(options.protocol, images=images, like=target, seed=seed, severities=severities),
            batch_size=options.batch_size,
            seed=seed,
        )
        for seed in range(options.seeds)
    ]


def _unseen(source: DomainDataset) -> Tensor:
    """Return images of a pair's source that no network was trained on: of streets scenes drawn anew."""
    from dann.datasets.rendered.street.dataset import Street
    from dann.transfer.online.streets import unseen

    return unseen(source, images=SOURCE_IMAGES) if isinstance(source, Street) else _held(source)


def _own(
    options: argparse.Namespace, model: TrainedModel, *, needed: bool
) -> tuple[list[Stream], Tensor | None]:
    from dann.datasets.own.layouts import class_for, holds_features

    _only_for(options, 'severities', what='the night')
    if holds_features(Path(options.data)) == model.of_images:
        takes, holds = ('images', 'none') if model.of_images else ('no images', 'some')
        raise UserError(
            f'the model takes {takes}, and {options.data} holds {holds}; name data of what it was '
            'trained on with --data'
        )
    kind, key = class_for(Path(options.data))
    if not options.targets:
        raise UserError(
            f'{options.data} has the domains {", ".join(kind.domains_of(Path(options.data)))}; name those of the '
            'stream in their order with --targets'
        )
    also = {'size': model.size} if model.of_images else {}
    make: Any = kind
    targets = [make(**{key: options.data, 'domain': each}, **also) for each in options.targets]
    source = (
        make(**{key: options.data, 'domain': options.source}, **also) if options.source and needed else None
    )
    return _of_domains(options, targets), None if source is None else _held(source)


def _of_domains(options: argparse.Namespace, targets: Sequence[DomainDataset]) -> list[Stream]:
    """Return a stream for each seed, of the domains' test splits."""
    from dann.transfer.online.protocols import arranged

    for each in targets:
        each.prepare()
    return [
        arranged(
            options.protocol,
            [_segment(each, options.images and options.images // len(targets), seed) for each in targets],
            batch_size=options.batch_size,
            seed=seed,
        )
        for seed in range(options.seeds)
    ]


def _segment(target: DomainDataset, most: int | None, seed: int) -> Segment:
    from dann.transfer.online.protocols import drawn
    from dann.transfer.online.stream import Segment

    available = len(target.ids('test'))
    return Segment(target.name, target, drawn(available if most is None else most, available, seed))


def _held(source: DomainDataset) -> Tensor:
    """Return images of the source that no network was trained on; no label is read."""
    source.prepare()
    return source.images('val')[:SOURCE_IMAGES]
