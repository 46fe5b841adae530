"""The findings on the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape as literal
from rich.table import Table

from dann.core.shown import shown
from dann.datasets.base import SPLITS
from dann.datasets.checks.checking import Check
from dann.datasets.checks.classes import SHIFT

ROWS = 60
PARTS = (*SPLITS, None)
NONE = '(no label)'


def headline(check: Check) -> str:
    """Return the verdict in one line."""
    errors, warnings = len(check.findings.of('error')), len(check.findings.of('warning'))
    counts = f'{_several(errors, "error")}, {_several(warnings, "warning")}'
    verdict = 'clean' if not errors and not warnings else counts
    size = f'{_several(len(check.read), check.listing.what)} of {_several(len(check.counts), "domain")}'
    return f'{check.listing.name}: {size}; {verdict}'


def _several(count: int, name: str) -> str:
    return f'{count:,} {name}{"" if count == 1 else "s"}'


def _cell(text: str) -> str:
    return literal(shown(text))


def counts_table(check: Check) -> tuple[list[str], list[list[str]]]:
    """Return header and rows: classes, and the images of each domain and split."""
    columns = [(domain, split) for domain, parts in check.counts.items() for split in PARTS if split in parts]
    header = ['class', *(f'{domain}/{split}' if split else domain for domain, split in columns)]
    names = sorted({name for domain, split in columns for name in check.counts[domain][split]})
    parts: list[Counter[str]] = [check.counts[domain][split] for domain, split in columns]
    rows = [[name or NONE, *(str(part[name]) for part in parts)] for name in names]
    return header, [*rows, ['all', *(str(part.total()) for part in parts)]]


def shift_lines(check: Check) -> Iterator[str]:
    """Yield one line for each pair of domains."""
    for shift in check.shifts:
        judged = f'above {SHIFT:g}' if shift.distance > SHIFT else f'at most {SHIFT:g}'
        yield f'{shift.source} - {shift.target}: {shift.distance:.2f} ({judged})'


def groups_table(check: Check) -> tuple[list[str], list[list[str]]]:
    """Return header and rows: classes, and the samples of each domain's groups; then all, and their share."""
    columns = [(domain, group) for domain, parts in check.groups.items() for group in sorted(parts)]
    header = ['class', *(f'{domain}/{group}' for domain, group in columns)]
    parts = [check.groups[domain][group] for domain, group in columns]
    names = sorted({name for part in parts for name in part})
    totals = {domain: sum(part.total() for part in each.values()) for domain, each in check.groups.items()}
    rows = [[name or NONE, *(str(part[name]) for part in parts)] for name in names]
    shares = [
        f'{100 * check.groups[domain][group].total() / totals[domain]:.1f} %' for domain, group in columns
    ]
    return header, [*rows, ['all', *(str(part.total()) for part in parts)], ['share', *shares]]


def _show_groups(check: Check, console: Console) -> None:
    if not check.groups:
        return
    header, rows = groups_table(check)
    table = Table(title=f'{check.listing.what.title()}s by group', title_justify='left')
    for number, name in enumerate(header):
        table.add_column(_cell(name), justify='right' if number else 'left')
    for row in [*rows[:ROWS], *rows[max(ROWS, len(rows) - 2) :]]:
        table.add_row(*map(_cell, row))
    console.print(table)


def show(check: Check, console: Console) -> None:
    """Print counts, label shift and findings."""
    header, rows = counts_table(check)
    table = Table(title=f'{check.listing.what.title()}s by class', title_justify='left')
    for number, name in enumerate(header):
        table.add_column(_cell(name), justify='right' if number else 'left')
    for row in [*rows[:ROWS], *rows[max(ROWS, len(rows) - 1) :]]:
        table.add_row(*map(_cell, row), end_section=row is rows[-2] if len(rows) > 1 else False)
    if check.read:
        console.print(table)
    if len(rows) > ROWS + 1:
        console.print(f'{len(rows) - 1 - ROWS} more classes are in the output of --json')
    _show_groups(check, console)
    for line in shift_lines(check):
        console.print(shown(f'label shift {line}'), highlight=False, markup=False)
    for finding in check.findings:
        colour = 'red' if finding.fault.severity == 'error' else 'yellow'
        kind = f'[{colour}]{finding.fault.severity:7}[/] [bold]{finding.fault.code}[/]'
        console.print(
            f'{kind} {_several(len(finding.cases), "case")}: {_cell(str(finding))}',
            highlight=False,
            soft_wrap=True,
        )
    console.print(shown(headline(check)), highlight=False, markup=False, style='bold')
