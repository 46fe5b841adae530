"""``dann data check``: its options, and what it does."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from dann.core.errors import UserError

SUMMARY = 'check data of your own before training'
DESCRIPTION = 'Data of your own.'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``check`` with its options."""
    commands = parser.add_subparsers(title='commands', metavar='COMMAND', required=True)
    check = commands.add_parser(
        'check',
        help='find unreadable images, leakage, label faults and label shift',
        description='Reads every image and label of a folder (ROOT/domain/class/image or '
        'ROOT/domain/split/class/image), a .csv (path, domain, label, split) or an .npz (x, y, domain, split), '
        'target labels too: nothing of it flows into training. Status 0 without errors, 1 with some.',
    )
    check.add_argument('root', type=Path, metavar='ROOT', help='folder, .csv or .npz')
    check.add_argument('--source', metavar='DOMAIN', help='look at this domain and the target only')
    check.add_argument('--target', metavar='DOMAIN', help='look at this domain and the source only')
    check.add_argument(
        '--out',
        type=Path,
        metavar='DIR',
        help='folder of report and contact sheet; data-check/NAME by default',
    )
    check.add_argument('--no-sheet', action='store_true', help='draw no contact sheet')
    check.add_argument('--json', action='store_true', help='print the findings as JSON')
    check.set_defaults(run_data=check_data_command)


def run(options: argparse.Namespace) -> int:
    """Run the command after ``dann data``."""
    status: int = options.run_data(options)
    return status


def check_data_command(options: argparse.Namespace) -> int:
    """Check, print, write report and contact sheet; return 1 where there are errors."""
    from rich.console import Console

    from dann.datasets.checks.checking import check_data
    from dann.datasets.checks.report import show, write_report
    from dann.datasets.checks.sheet import contact_sheet

    check = check_data(options.root, source=options.source, target=options.target)
    folder: Path = options.out or Path('data-check') / check.listing.name
    image = None if options.no_sheet else contact_sheet(check)
    try:
        write_report(check, folder, image is not None)
        if image is not None:
            image.save(folder / 'contact.png')
    except OSError as error:
        raise UserError(f'cannot write {folder} ({error.strerror}); choose another with --out') from error
    if options.json:
        print(json.dumps(check.record(), indent=2, ensure_ascii=False))
        return check.status
    console = Console()
    show(check, console)
    print(f'Report: {folder / "report.md"}')
    if image is not None:
        print(f'Contact sheet: {folder / "contact.png"}')
    return check.status
