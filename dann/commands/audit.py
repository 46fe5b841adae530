"""``dann audit``: checks by short trainings that methods do what they claim."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dann import configs
from dann.core.errors import UserError
from dann.core.shown import shown
from dann.reporting.json_text import json_text

if TYPE_CHECKING:
    from dann.audit.audit import Audit
    from dann.audit.rows import Row


MOST = 10_000  # steps of a run that is to be short
SUMMARY = 'check by short trainings that methods do what they claim'
DESCRIPTION = (
    'Trains every row of a configuration a few steps, on its own data and network, with one thing '
    'changed at a time. Says of each check pass or fail, with the evidence; exits with 1 if any fails.'
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        'config',
        metavar='CONFIG',
        help=f'{", ".join(configs.names())}, or a YAML file, also config.yaml of a run',
    )
    parser.add_argument('--methods', nargs='+', metavar='ROW', help='only these rows of the configuration')
    parser.add_argument('--steps', type=int, default=16, metavar='N', help='training steps of each short run')
    parser.add_argument('--json', action='store_true', help='print the findings as JSON')


def run(options: argparse.Namespace) -> int:
    """Audit the rows of a configuration; return 1 if a check failed."""
    if not 8 <= options.steps <= MOST:
        bound = 'least 8' if options.steps < 8 else f'most {MOST:,}'
        raise UserError(f'expected `--steps` of at {bound}, got {options.steps}')
    from dann.audit.audit import Audit
    from dann.audit.rows import rows
    from dann.engine.loggers import quiet

    quiet()
    chosen = rows(options.config, options.methods)
    audit = Audit(options.steps)
    reports = [_audit_row(audit, row, quietly=options.json) for row in chosen]
    if options.json:
        print(json_text(reports), end='')
    else:
        print(shown(_summary(reports)))
    return 1 if any(_verdict(report) == 'fail' for report in reports) else 0


def _audit_row(audit: Audit, row: Row, *, quietly: bool) -> dict[str, Any]:
    """Audit one row and print each finding as it comes."""
    from rich.console import Console

    console, begun = Console(highlight=False, markup=False, quiet=quietly, soft_wrap=True), time.monotonic()
    report: dict[str, Any] = {
        'benchmark': row.benchmark,
        'row': row.name,
        'findings': [],
        'not_audited': None,
    }
    console.print(shown(f'{row.benchmark}: {row.name}'), style='bold')
    try:
        for finding in audit.findings(row):
            report['findings'].append(asdict(finding))
            style = {'pass': 'green', 'fail': 'bold red', 'undecided': 'yellow'}.get(finding.verdict)
            line = f'  {finding.verdict:<14}  {finding.check:<16}  {finding.evidence}'
            console.print(shown(line), style=style)
    except UserError as error:
        if not _lacks_a_package(error):
            raise
        report['not_audited'] = ' '.join(str(error).split())
        console.print(shown(f'  not audited: {report["not_audited"]}'), style='yellow')
    report['seconds'] = round(time.monotonic() - begun, 1)
    console.print(f'  {report["seconds"]} s')
    return report


def _lacks_a_package(error: BaseException | None) -> bool:
    """Whether an error, or one of its causes, is that a package is not installed."""
    while error is not None:
        if isinstance(error, ImportError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _verdict(report: dict[str, Any]) -> str:
    verdicts = {finding['verdict'] for finding in report['findings']}
    if report['not_audited']:
        return 'fail' if 'fail' in verdicts else 'not audited'
    return next((verdict for verdict in ('fail', 'undecided') if verdict in verdicts), 'pass')


def _summary(reports: list[dict[str, Any]]) -> str:
    counts = Counter(map(_verdict, reports))
    shown = ', '.join(f'{count} {verdict}' for verdict, count in counts.most_common())
    failed = [
        f'{report["row"]} ({", ".join(each["check"] for each in report["findings"] if each["verdict"] == "fail")})'
        for report in reports
        if _verdict(report) == 'fail'
    ]
    rows = '1 row' if len(reports) == 1 else f'{len(reports)} rows'
    return f'{rows}: {shown}' + (f'; failed: {", ".join(failed)}' if failed else '')
