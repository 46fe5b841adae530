"""Options that several commands share, and the number of processes and the command line as typed."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path
from typing import Any

from dann.core.errors import UserError

LARGEST = 8192  # pixels of a side
OWN_DATA = ('source', 'target', 'unseen', 'backbone', 'flip', 'freeze', 'protocol')


def add_own_data(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which of the user's own data are meant, and how large images are."""
    parser.add_argument(
        '--source',
        nargs='+',
        action='extend',
        metavar='DOMAIN',
        help='of ROOT: the labelled domain; several are one source of all, of which each batch has as many samples',
    )
    parser.add_argument(
        '--target',
        nargs='+',
        action='extend',
        metavar='DOMAIN',
        help='of ROOT: the domain to adapt to; with several, one after the other and a common table',
    )
    parser.add_argument(
        '--size',
        type=int,
        metavar='PIXELS',
        help='side of images; of ROOT 160 by default, 64 for a network from scratch; of another benchmark that which '
        'its backbone brings images to',
    )
    add_groups(parser)


def add_groups(parser: argparse.ArgumentParser) -> None:
    """Add ``--groups``."""
    parser.add_argument(
        '--groups',
        metavar='WHERE',
        help='what says the group of each sample, by which figures are told apart: a column, `folder` (the folder '
        "below a class), an array, or a .csv of path and group; of a built-in pair what its data set's `groups` takes",
    )


def add_training(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how to train on the user's own data."""
    parser.add_argument(
        '--backbone',
        metavar='NAME',
        help='of ROOT: EfficientNetLite (by default; ImageNet weights), timm:MODEL or torchvision:MODEL (with their '
        'weights), or a class such as ConvNet, which begins at random',
    )
    parser.add_argument(
        '--freeze',
        metavar='WHAT',
        help='of ROOT: all, none, or how many blocks of the backbone are not trained; all of a pretrained one and '
        'none of another by default',
    )
    parser.add_argument(
        '--flip',
        action=argparse.BooleanOptionalAction,
        help='of ROOT: mirror training images; by default unless the classes are characters',
    )
    parser.add_argument(
        '--protocol',
        choices=('inductive', 'transductive'),
        help='of ROOT: transductive trains on all target images, without labels, and scores them all; inductive, '
        'the default, scores images that are not in training',
    )


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which trained model is meant, and that files may be written over."""
    add_checkpoint(parser)
    parser.add_argument('--method', metavar='ROW', help='row of a benchmark that has several')
    parser.add_argument('--seed', type=int, metavar='N', help="of a benchmark's row; the lowest by default")
    add_allow(parser)
    parser.add_argument('--overwrite', action='store_true', help='write over files that are there')


def add_checkpoint(parser: argparse.ArgumentParser, also: str = '') -> None:
    """Add the trained model that a command begins with; ``also`` ends its help."""
    parser.add_argument(
        'checkpoint',
        type=Path,
        metavar='MODEL',
        help=f'a checkpoint, or a folder of dann fit or dann benchmark{also}',
    )


def add_allow(parser: argparse.ArgumentParser) -> None:
    """Add ``--allow``."""
    parser.add_argument(
        '--allow',
        nargs='+',
        default=(),
        metavar='MODULE',
        help='modules with code of your own that may be imported',
    )


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Add what says which evaluation of a run folder counts, and which rows may stand beside each other."""
    parser.add_argument(
        '--select', metavar='RULE', help='score that chooses the checkpoint, for example val/bnm'
    )
    parser.add_argument(
        '--allow-mixed', action='store_true', help='mark rows of another protocol instead of refusing them'
    )


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Add ``--workers``."""
    parser.add_argument('--workers', type=int, metavar='N', help='processes; one a core by default')


def add_logger(parser: argparse.ArgumentParser) -> None:
    """Add ``--logger``."""
    parser.add_argument(
        '--logger',
        action='append',
        choices=('wandb', 'tensorboard', 'csv'),
        default=[],
        help='log there too; CSV always. wandb has a run for each job, offline unless WANDB_MODE is online',
    )


def named_configuration(
    options: argparse.Namespace, command: str = 'benchmark'
) -> tuple[str, dict[str, Any]]:
    """Return name and configuration where a command takes one target; the arguments are ``named_configurations``'.

    Raises:
        UserError: Several targets are named, or as there.
    """
    found = named_configurations(options, command)
    if len(found) > 1:
        raise UserError(f'this command takes one target, got {", ".join(options.target)}; name one of them')
    return next(iter(found.items()))


def named_configurations(
    options: argparse.Namespace, command: str = 'benchmark'
) -> dict[str, dict[str, Any]]:
    """Return configurations by name: of a built-in benchmark, a YAML file, or of each target of the user's own data.

    Args:
        options: ``name``, the options of ``add_own_data`` and, where the command has them, of ``add_training``.
        command: ``benchmark``, or ``gap``, which trains nothing and needs no labels of the target.

    Raises:
        UserError: There is no such benchmark or data, or an option does not apply to it.
    """
    _check_size(getattr(options, 'size', None))
    from dann import configs
    from dann.benchmarks.plan import own_choices, own_data
    from dann.benchmarks.plan.grid import grouped, resized
    from dann.benchmarks.plan.labelled import is_count

    if own_data.is_data(options.name):
        sources, targets = own_data.check_domains(options.name, options.source, options.target, command)
        chosen = {key: getattr(options, key, None) for key in own_choices.NAMES}
        choices = own_choices.Choices(**chosen)
        labels = max(map(int, filter(is_count, getattr(options, 'labels', None) or ())), default=0)
        unseen = getattr(options, 'unseen', None) or ()
        return {
            own_data.title(options.name, sources, target, choices.protocol, unseen): own_data.configuration(
                options.name, sources, target, choices, command, labels, unseen
            )
            for target in targets
        }
    config = configs.load(options.name)
    for key in OWN_DATA:
        if getattr(options, key, None) is not None:
            raise UserError(
                f'`--{key}` is for a folder, .csv, .npz or .npy of your own; {options.name} says itself what it runs on'
            )
    if (groups := getattr(options, 'groups', None)) is not None:
        config = grouped(options.name, config, groups)
    name = Path(options.name).stem
    if options.size is None:
        return {name: config}
    if command == 'gap':
        raise UserError(
            f'the gap of {name} does not depend on the size that a backbone takes; leave --size out'
        )
    return {name: resized(name, config, options.size)}


def _check_size(size: int | None) -> None:
    if size is not None and not 0 < size <= LARGEST:
        raise UserError(f'expected `--size` from 1 to {LARGEST:,} pixels, got {size}')


def workers(options: argparse.Namespace) -> int:
    """Return how many processes to use: as asked for, or one a core."""
    if options.workers is not None:
        if options.workers < 1:
            raise UserError(f'expected `--workers` above 0, got {options.workers}')
        return int(options.workers)
    return cores()


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1


def typed() -> str:
    """Return the command as the user typed it."""
    is_dann = Path(sys.argv[0]).stem in ('dann', '__main__')
    return shlex.join(['dann', *sys.argv[1:]] if is_dann else sys.argv)
