"""The report as one HTML page that needs nothing but a browser."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from dann.benchmarks.comparison.significance import compare
from dann.benchmarks.plan.plan import listed
from dann.benchmarks.report.formats import differences, heading, line
from dann.benchmarks.report.gap_section import gap_section
from dann.benchmarks.report.illustrations import Illustration
from dann.benchmarks.report.significance_words import grid, reading
from dann.benchmarks.report.table import Row, Table
from dann.benchmarks.report.verdicts import family_name, headline, notes, sentences, verdict
from dann.benchmarks.results.folder import Folder
from dann.reporting import palette
from dann.reporting.notation import ABSENT, CEILING_TAG
from dann.stats.intervals import Estimate

RUN_FACTS = ('command', 'machine', 'versions', 'commit', 'started', 'minutes')


def render_page(folder: Folder, table: Table, illustrations: Sequence[Illustration]) -> str:
    """Return the page; images are part of it."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / 'templates'),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {'marked': _marked, 'unbroken': _unbroken, 'data_uri': _data_uri}
    return environment.get_template('report.html.j2').render(
        table=table,
        **_statistics(table),
        headline=headline(table),
        sentences=sentences(table),
        notes=notes(table),
        columns=heading(table),
        rows=_rows(table),
        differences=differences(table),
        incomplete=[row for row in table.rows if row.missing],
        illustrations=illustrations,
        gap=gap_section(folder, table),
        counts=_counts(folder),
        manifests=_manifests(folder),
        protocol={key: _flow(value) for key, value in listed(folder.benchmark).items()},
        methods={
            key: _flow(value or 'no options') for key, value in folder.benchmark.get('methods', {}).items()
        },
        run={key: _flow(folder.run[key]) for key in RUN_FACTS if folder.run.get(key) is not None},
        failed=folder.run.get('failed') or [],
    )


def _statistics(table: Table) -> dict[str, Any]:
    compared = compare(table)
    return {'tested': grid(compared), 'reading': reading(compared)}


def _rows(table: Table) -> list[dict[str, Any]]:
    colours = palette.family_colours(row.family for row in table.rows)
    return [
        {
            'method': row.method,
            'tag': ', '.join(
                [CEILING_TAG] * row.uses_target_labels + ['another protocol †'] * bool(row.mixed)
            ),
            'family': family_name(row.family) if row.family else ABSENT,
            'colour': colours[row.family],
            'cells': _cells(row, table),
        }
        for row in table.rows
    ]


def _cells(row: Row, table: Table) -> list[dict[str, Any]]:
    cell = table.main(row)
    values: list[float | None] = [
        *(_mean(row.cells[rule].accuracy) for rule in table.rules),
        _mean(cell.difference),
        _mean(cell.difference),
        cell.gap_closed,
        len(row.seeds),
        *([row.published] if table.published else []),
    ]
    columns, texts = heading(table), line(row, table)
    kinds = {
        'vs source-only': verdict(cell.difference).split()[0],
        'verdict': verdict(cell.difference).split()[0],
        'n': 'incomplete' if row.missing else '',
    }
    return [
        {'text': text, 'value': '' if value is None else value, 'kind': kinds.get(column, '')}
        for column, text, value in zip(columns[2:], texts[2:], values, strict=True)
    ]


def _mean(value: Estimate | None) -> float | None:
    return None if value is None else value.mean


def _counts(folder: Folder) -> dict[str, Any] | None:
    manifests: Mapping[str, Any] = folder.run.get('manifests') or {}
    counts = {domain: (manifest or {}).get('counts') for domain, manifest in manifests.items()}
    splits = [
        (domain, split, by_class)
        for domain, found in counts.items()
        if isinstance(found, dict)
        for split, by_class in found.items()
        if isinstance(by_class, dict)
    ]
    if not splits:
        return None
    classes = list(dict.fromkeys(name for _, _, by_class in splits for name in by_class))
    return {
        'columns': [f'{domain} {split}' for domain, split, _ in splits],
        'rows': [(name, [by_class.get(name, 0) for _, _, by_class in splits]) for name in classes],
        'totals': [sum(by_class.values()) for _, _, by_class in splits],
    }


def _manifests(folder: Folder) -> dict[str, str]:
    manifests: Mapping[str, Any] = folder.run.get('manifests') or {}
    return {
        domain: yaml.safe_dump(manifest, sort_keys=False, width=100) for domain, manifest in manifests.items()
    }


def _flow(value: Any) -> str:
    if isinstance(value, str):
        return value
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10**6)
    return text.removesuffix('\n').removesuffix('\n...')


def _marked(text: str) -> Markup:
    html = re.sub(r'\*\*(.+?)\*\*', r'<strong>\1</strong>', str(escape(text)))
    return Markup(re.sub(r'\*(.+?)\*', r'<em>\1</em>', html))  # escaped above


def _unbroken(text: str) -> str:
    return re.sub(r' ± | (?=%)', lambda match: match[0].replace(' ', '\N{NO-BREAK SPACE}'), text)


def _data_uri(figure: Illustration) -> str:
    kind, data = ('svg+xml', figure.svg) if figure.svg else ('png', figure.png or b'')
    return f'data:image/{kind};base64,{base64.b64encode(data).decode()}'
