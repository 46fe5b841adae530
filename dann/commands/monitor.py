"""``dann monitor``: do new samples still look like those that a model was adapted to?"""

from __future__ import annotations

import argparse
from pathlib import Path

from dann.commands.options import add_model
from dann.core.errors import UserError
from dann.reporting.files import refuse_to_overwrite, write_whole
from dann.reporting.json_text import json_text
from dann.reporting.saying import say
from dann.reporting.terminal import for_terminal
from dann.transfer.monitoring.plan import Plan

ON_ALARM = 3  # beside 1 for a run that failed and 2 for a request that cannot be carried out
SUMMARY = 'drift of new samples from those that a model was adapted to, with a stated rate of false alarms'
DESCRIPTION = (
    'Tests new samples, window by window, against a reference: an MMD permutation test and Kolmogorov-Smirnov tests of '
    'every feature and class probability. A stream without drift, however long, has an alarm with a probability of at '
    'most --level. With --labelled it estimates accuracy without target labels. Status 0 whether or not there is an '
    f'alarm; with --fail-on-alarm {ON_ALARM} where there is one.'
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_model(parser)
    parser.add_argument(
        'reference',
        metavar='REFERENCE',
        help='unlabelled samples of the target, best some that were not in training: a folder or glob of images, or an '
        '.npy, .npz or .csv file of features',
    )
    parser.add_argument(
        'batches', nargs='+', metavar='BATCH', help='the same of new samples, in the order of time'
    )
    _add_plan(parser)
    parser.add_argument(
        '--labelled',
        type=Path,
        metavar='FOLDER',
        help='source samples that were not in training, in class folders or an .npz (x, y): estimates accuracy',
    )
    parser.add_argument(
        '--state',
        type=Path,
        metavar='FILE',
        help='keep there how many windows were seen, so that the next call goes on with the level',
    )
    parser.add_argument(
        '--fail-on-alarm', action='store_true', help=f'end with status {ON_ALARM} where there is an alarm'
    )
    parser.add_argument('--json', action='store_true', help='print the figures as JSON')
    parser.add_argument('--html', type=Path, metavar='FILE', help='write a page with a figure there')


def _add_plan(parser: argparse.ArgumentParser) -> None:
    usual = Plan()
    parser.add_argument(
        '--level',
        type=float,
        default=usual.level,
        metavar='P',
        help='false alarms: of all streams without drift; %(default)s by default',
    )
    parser.add_argument(
        '--warning',
        type=float,
        default=usual.warning,
        metavar='P',
        help='false warnings, which come sooner; %(default)s by default',
    )
    parser.add_argument(
        '--window',
        type=int,
        default=usual.window,
        metavar='N',
        help='samples that are tested together; %(default)s by default',
    )
    parser.add_argument(
        '--permutations', type=int, metavar='N', help='of each window; by default as many as its level takes'
    )
    parser.add_argument(
        '--tests',
        nargs='+',
        default=(),
        metavar='TEST',
        help='further tests of your own, as dotted paths; each has an equal part of what a window spends',
    )
    parser.add_argument(
        '--samples',
        type=int,
        default=usual.samples,
        metavar='N',
        help='of the reference, at most; %(default)s by default',
    )
    parser.add_argument(
        '--simulate',
        type=int,
        default=0,
        metavar='N',
        help='count the alarms in N streams without drift, which are drawn from the reference',
    )


def _refuse_one_file(page: Path | None, state: Path | None) -> None:
    """Raise ``UserError`` where the page would be written over the state."""
    if page and state and page.resolve() == state.resolve():
        raise UserError(
            f'{page} would be both the page and the state; name different files with --html and --state'
        )


def run(options: argparse.Namespace) -> int:
    """Monitor, print and, if asked for, write a page."""
    from dann.engine.finding import weights_of
    from dann.engine.trained import load
    from dann.transfer.monitoring.deployed import monitor

    _refuse_one_file(options.html, options.state)
    refuse_to_overwrite(options.html, overwrite=options.overwrite)
    named = ('level', 'warning', 'window', 'permutations', 'samples')
    plan = Plan(**{name: getattr(options, name) for name in named}, tests=tuple(options.tests))
    weights = weights_of(options.checkpoint, options.method, options.seed)
    report = monitor(
        load(weights, allow=options.allow),
        options.reference,
        options.batches,
        plan=plan,
        labelled=options.labelled,
        state=options.state,
        weights=weights,
        simulate=options.simulate,
    )
    for message in report.unreadable:
        say(message)
    print(json_text(report.as_json()) if options.json else for_terminal(report.as_markdown()), end='')
    if options.html:
        from dann.transfer.monitoring.page import render_page

        write_whole(options.html, render_page(report))
    return ON_ALARM if report.alarm and options.fail_on_alarm else 0
