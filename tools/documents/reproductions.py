"""The page of reproductions: published tables next to the results measured here."""

from __future__ import annotations

from pathlib import Path

from dann.benchmarks.plan.recipes import Experiment, Recipe, recipes
from dann.benchmarks.report.paper_comparison import MeasuredRow, comparison, published_where
from dann.reporting.markdown import pipes
from tools.documents.kept import Kept, Measured, read_kept
from tools.documents.measured import date, flow, minutes

HEAD = """# Published tables, reproduced

Written by `make docs` from `docs/results`: an edit here is lost. Target test accuracy in %; ± is the half-width of the
95 % Student-t interval over seeds, differences are paired by seed, and one in bold has an interval that excludes zero.
No checkpoint is chosen on target labels. *Gap closed* is (method - source-only) / (on target - source-only); the
paper's is given where one published table has all three figures. To measure a row again: its command, then
`python -m tools.documents --results runs/reproduce/RECIPE`.

Each section names its commit. Since 2026-11-29 methods have the batch norm policy, the stages and the defaults of their
papers and authors' codes (CHANGELOG.md has the list); what was measured before has not been measured again.
"""


def reproductions(folder: Path) -> str:
    """Return the page as Markdown.

    Args:
        folder: Of the documents, with the kept results in ``results``.
    """
    return '\n'.join([HEAD, *(_recipe(each, folder) for each in recipes())])


def _recipe(found: Recipe, folder: Path) -> str:
    title = f'## {found.title}\n\n{found.paper} ({found.url}).\n'
    rows = (
        _row(each, found, folder / 'results' / f'{found.name}-{each.name}.json')
        for each in found.rows.values()
    )
    return '\n'.join(filter(None, [title, _paragraph(found.note), *rows]))


def _paragraph(text: str) -> str:
    return f'{text.strip()}\n' if text else ''


def _row(experiment: Experiment, found: Recipe, path: Path) -> str:
    command = f'dann reproduce {found.name} --row {experiment.name}'
    kept = read_kept(path) if path.exists() else None
    lines = [f'### {experiment.title}\n']
    if kept is None:
        lines.append(_not_yet(experiment, command))
    if kept is not None or experiment.published:
        ours = [_ours(row, kept) for row in kept.rows] if kept else []
        known = {row.method for row in ours}
        rows = [*ours, *(row for row in _planned(experiment) if row.method not in known)]
        lines += [pipes(comparison(rows, experiment)) + '\n', published_where(experiment, found) + '\n']
    lines.append(_paragraph(experiment.note))
    if kept is not None:
        lines.append(_conditions(kept, command))
    return '\n'.join(filter(None, lines))


def _not_yet(experiment: Experiment, command: str) -> str:
    return f'Not yet measured here: needs {", ".join(experiment.needs)}. `{command}`\n'


def _planned(experiment: Experiment) -> list[MeasuredRow]:
    """Return rows without a measured result."""
    return [
        MeasuredRow(name, bool((row or {}).get('reference')), None, None, None, 0)
        for name, row in experiment.config['methods'].items()
    ]


def _ours(row: Measured, kept: Kept) -> MeasuredRow:
    accuracy = row.accuracies[kept.rule]
    return MeasuredRow(
        row.method, row.uses_target_labels, accuracy, row.difference, row.gap_closed, row.planned
    )


def _conditions(kept: Kept, command: str) -> str:
    run, asked = kept.run, kept.asked
    model = asked['model'].get('init_args') or {}
    versions = run.get('versions') or {}
    shown = ', '.join(f'{name} {versions.get(name)}' for name in ('python', 'torch', 'pytorch-lightning'))
    where = f'{date(run)}, {minutes(run)} on {run.get("machine")}, commit {run.get("commit")}, {shown}'
    lines = [
        f'`{run.get("command") or command}`: {where}.',
        f'{kept.source} → {kept.target}; {asked["steps"]} steps, seeds {", ".join(map(str, asked["seeds"]))}, '
        f'read at {kept.rule}.',
        f'Backbone `{flow(model.get("backbone"))}`, bottleneck {model.get("bottleneck")}, '
        f'optimiser `{flow(model.get("optimizer"))}`.',
    ]
    return '\n'.join(f'- {line}' for line in lines) + '\n'
