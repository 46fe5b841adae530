"""The report as one HTML page that needs nothing but a browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from dann.benchmarks.plan.plan import listed
from dann.benchmarks.report.gap_section import gap_section
from dann.benchmarks.report.illustrations import Illustration
from dann.benchmarks.report.rendering import render
from dann.benchmarks.report.sheet import Line, Sheet
from dann.benchmarks.report.table import Table
from dann.benchmarks.results.opened import Results
from dann.reporting import palette
from dann.reporting.notation import CEILING_TAG

RUN_FACTS = ('command', 'machine', 'versions', 'commit', 'started', 'minutes')


def render_page(results: Results, sheet: Sheet, illustrations: Sequence[Illustration]) -> str:
    """Return the page; images are part of it.

    Args:
        results: The opened run folder.
        sheet: Its table as it is printed.
        illustrations: The figures.
    """
    benchmark, run = results.benchmark, results.run
    return render(
        'report.html',
        sheet=sheet,
        table=sheet.table,
        colours=palette.family_colours(line.row.family for line in sheet.lines),
        tags={line.row.method: _tag(line, sheet.table) for line in sheet.lines},
        incomplete=[line.row for line in sheet.lines if line.row.missing],
        illustrations=illustrations,
        gap=gap_section(results, sheet.table),
        counts=_counts(results),
        manifests=_manifests(results),
        protocol={key: _flow(value) for key, value in listed(benchmark).items()},
        methods={key: _flow(value or 'no options') for key, value in benchmark.get('methods', {}).items()},
        run={key: _flow(run[key]) for key in RUN_FACTS if run.get(key) is not None},
        failed=run.get('failed') or [],
    )


def _tag(line: Line, table: Table) -> str:
    ceiling = [CEILING_TAG] if line.row.uses_target_labels else []
    own = 'options of its own †' if table.as_published else 'another protocol †'
    return ', '.join([*ceiling, *([own] if line.row.mixed else [])])


def _counts(results: Results) -> dict[str, Any] | None:
    manifests: Mapping[str, Any] = results.run.get('manifests') or {}
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


def _manifests(results: Results) -> dict[str, str]:
    manifests: Mapping[str, Any] = results.run.get('manifests') or {}
    return {
        domain: yaml.safe_dump(manifest, sort_keys=False, width=100) for domain, manifest in manifests.items()
    }


def _flow(value: Any) -> str:
    if isinstance(value, str):
        return value
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10**6)
    return text.removesuffix('\n').removesuffix('\n...')
