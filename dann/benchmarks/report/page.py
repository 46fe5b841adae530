"""The report as one HTML page that needs nothing but a browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from dann.benchmarks.plan.plan import listed
from dann.benchmarks.report.gap_section import gap_section
from dann.benchmarks.report.illustrations import Illustration
from dann.benchmarks.report.learning_words import not_learned
from dann.benchmarks.report.nested import facts, inline
from dann.benchmarks.report.opening import opening, standing
from dann.benchmarks.report.rendering import render
from dann.benchmarks.report.sheet import Line, Sheet
from dann.benchmarks.report.table import Table
from dann.benchmarks.results.opened import Results
from dann.benchmarks.results.underway import Underway
from dann.core.shareable import shareable
from dann.datasets.unseen import is_unseen
from dann.reporting import palette
from dann.reporting.notation import CEILING_TAG

RUN_FACTS = ('command', 'machine', 'versions', 'commit', 'started', 'minutes')


def render_page(
    results: Results, sheet: Sheet, illustrations: Sequence[Illustration], *, live: Underway | None = None
) -> str:
    """Return the page; images are part of it.

    Args:
        results: The opened run folder.
        sheet: Its table as it is printed.
        illustrations: The figures.
        live: How far the run is, where the page is served meanwhile and asks for news.
    """
    benchmark, run = shareable(results.benchmark), shareable(results.run)
    return render(
        'report.html',
        sheet=sheet,
        table=sheet.table,
        colours=palette.family_colours(line.row.family for line in sheet.lines),
        tags={line.row.method: _tag(line, sheet.table) for line in sheet.lines},
        incomplete=[line.row for line in sheet.lines if line.row.missing],
        illustrations=[figure for figure in illustrations if figure.drawn],
        absent=[figure.heading for figure in illustrations if not figure.drawn],
        gap=gap_section(results, sheet.table),
        counts=_counts(run),
        manifests=_manifests(run),
        protocol=list(facts(_protocol(benchmark))),
        methods={key: _parts(value) for key, value in benchmark.get('methods', {}).items()},
        run=list(facts({key: run[key] for key in RUN_FACTS if run.get(key) is not None})),
        failed=run.get('failed') or [],
        opening=sheet.headline if results.unlabelled else opening(sheet.table),
        standing='' if results.unlabelled else standing(sheet.table),
        warnings=[] if results.unlabelled else not_learned(sheet.table),
        live=live,
    )


def _tag(line: Line, table: Table) -> str:
    ceiling = [CEILING_TAG] if line.row.uses_target_labels else []
    own = 'options of its own †' if table.as_published else 'another protocol †'
    return ', '.join([*ceiling, *([own] if line.row.mixed else [])])


def _counts(run: Mapping[str, Any]) -> dict[str, Any] | None:
    manifests: Mapping[str, Any] = run.get('manifests') or {}
    counts = {domain: (manifest or {}).get('counts') for domain, manifest in manifests.items()}
    splits = [
        (domain, split, by_class)
        for domain, found in counts.items()
        if isinstance(found, dict)
        for split, by_class in found.items()
        if isinstance(by_class, dict) and (split == 'test' or not is_unseen(domain))  # no other is read
    ]
    if not splits:
        return None
    classes = list(dict.fromkeys(name for _, _, by_class in splits for name in by_class))
    return {
        'columns': [f'{domain} {split}' for domain, split, _ in splits],
        'rows': [(name, [by_class.get(name, 0) for _, _, by_class in splits]) for name in classes],
        'totals': [sum(by_class.values()) for _, _, by_class in splits],
    }


def _manifests(run: Mapping[str, Any]) -> dict[str, str]:
    manifests: Mapping[str, Any] = run.get('manifests') or {}
    return {
        domain: yaml.safe_dump(manifest, sort_keys=False, width=100) for domain, manifest in manifests.items()
    }


def _protocol(benchmark: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the report lists; of the protocol that guards a resumed run only what is not said above it."""
    asked = listed(benchmark)
    guarded = asked.pop('protocol', None) or {}
    return asked | {name: value for name, value in guarded.items() if name not in asked}


def _parts(options: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Return the parts of one method with what they are, for example ``alignment`` and ``AFN (radius 25.0)``."""
    if options and 'class_path' in options:
        return [('module', inline(options))]
    return [(name, inline(value)) for name, value in (options or {}).items()]
