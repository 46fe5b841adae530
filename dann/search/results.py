"""The results of a search: a table, all trials as JSON, and a benchmark with the best of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from dann.benchmarks.plan.grid import expanded
from dann.benchmarks.report.verdicts import spoken
from dann.reporting.files import write_whole
from dann.reporting.json_text import json_text
from dann.reporting.markdown import bullets, inert, pipes
from dann.reporting.notation import ABSENT
from dann.search.loop import RowSearch
from dann.search.plan import Plan
from dann.search.trials import Outcome

BEST, TABLE, TRIALS_FILE = 'best.yaml', 'table.md', 'search.json'
HEADING = ['method', 'trials', 'failed', 'defaults', 'best', 'trial', 'hyper-parameters', 'minutes']


def write_results(rows: Sequence[RowSearch], plan: Plan, config: Mapping[str, Any], folder: Path) -> None:
    """Write ``table.md``, ``search.json`` and ``best.yaml`` into ``folder``."""
    texts = {
        TABLE: markdown(rows, plan),
        TRIALS_FILE: json_text(as_dict(rows, plan)),
        BEST: yaml.safe_dump(best(rows, plan, config), sort_keys=False, allow_unicode=True),
    }
    for name, text in texts.items():
        write_whole(folder / name, text)


def best(rows: Sequence[RowSearch], plan: Plan, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a benchmark's configuration with the hyper-parameters that were found, and the budget.

    Rows that train on target labels alone stay as they are. Left out are rows that were not searched and have
    something to search, and those without a whole search or without a trial that did not fail.
    """
    methods: dict[str, Any] = expanded(dict(config))['methods']
    searched = {row.name: row for row in rows}
    found: dict[str, Any] = {}
    for name, given in methods.items():
        row = searched.get(name)
        if (given or {}).get('reference') or (row is not None and not row.options):
            found[name] = given or {}
        elif row is not None and row.best is not None and not row.stopped:
            found[name] = row.best.trial.config
    changed = {'select': plan.rule, 'methods': found, 'search': plan.budget}
    return deepcopy(dict(config)) | changed


def markdown(rows: Sequence[RowSearch], plan: Plan) -> str:
    """Return the best trial of each method, with what it cost and how to read it."""
    blocks = [
        f'**{inert(plan.benchmark.title)}**: hyper-parameters searched by {plan.rule}, without target labels',
        pipes(cells(rows)),
        bullets(notes(rows, plan)),
    ]
    return '\n\n'.join(blocks) + '\n'


def cells(rows: Sequence[RowSearch]) -> list[list[str]]:
    """Return the table, its heading first."""
    return [HEADING, *map(_line, rows)]


def _line(row: RowSearch) -> list[str]:
    best, default = row.best, row.default
    return [
        row.name,
        str(len(row.outcomes)),
        str(sum(bool(each.failed) for each in row.outcomes)),
        _score(default),
        _score(best),
        str(best.trial.number) if best else ABSENT,
        _values(best) if best and row.options else ABSENT,
        f'{sum(each.seconds for each in row.outcomes) / 60:.1f}',
    ]


def _score(outcome: Outcome | None) -> str:
    return ABSENT if outcome is None or outcome.failed else f'{outcome.score:.4f}'


def _values(outcome: Outcome) -> str:
    return ', '.join(f'{name} {_flow(value)}' for name, value in outcome.trial.values.items())


def _flow(value: Any) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=True, width=10**6)
    return text.removesuffix('\n').removesuffix('\n...')


def notes(rows: Sequence[RowSearch], plan: Plan) -> list[str]:
    """Return how to read the table: the score, the budget, and which rows are not like the others."""
    named = ', '.join(map(str, plan.seeds))
    how = 'at random' if plan.sampler == 'random' else 'by the tree-structured Parzen estimator'
    lines = [
        f'A score is {plan.score} of the checkpoint that the rule chooses, higher is better; mean over the '
        f'search seeds ({named}), none of which the benchmark uses. No target label was read.',
        f'Budget of each method: {spoken(plan.budget)}. Trial 0 is the '
        f'row as it is; the others are drawn {how} (seed {plan.seed}). What a row sets itself is not searched.',
        'A failed trial is one whose numbers broke or whose hyper-parameters do not go together.',
    ]
    fixed = [row.name for row in rows if not row.options]
    if fixed:
        lines.append(f'Nothing to search, so one trial alone: {", ".join(fixed)}.')
    if labelled := [name for name, row in plan.benchmark.methods.items() if row.get('reference')]:
        lines.append(f'Trained on target labels, so not searched: {", ".join(labelled)}.')
    for row in rows:
        if row.stopped:
            lines.append(
                f'{row.name} stopped after {len(row.outcomes)} trials and is not in {BEST}: {row.stopped}'
            )
        elif row.best is None:
            lines.append(
                f'Every trial of {row.name} failed, so it is not in {BEST}: {row.outcomes[0].failed}'
            )
    return lines


def as_dict(rows: Sequence[RowSearch], plan: Plan) -> dict[str, Any]:
    """Return every trial with its hyper-parameters, scores and seconds, ready for JSON."""
    return {
        'benchmark': plan.benchmark.name,
        'title': plan.benchmark.title,
        'budget': plan.budget,
        'seeds': list(plan.seeds),
        'methods': {
            row.name: {
                'best': row.best.trial.number if row.best else None,
                'stopped': row.stopped,
                'trials': list(map(_trial, row.outcomes)),
            }
            for row in rows
        },
    }


def _trial(outcome: Outcome) -> dict[str, Any]:
    return {
        'trial': outcome.trial.number,
        'name': outcome.trial.name,
        'hyper-parameters': outcome.trial.values,
        'score': _number(outcome.score),
        'scores': {str(seed): _number(score) for seed, score in outcome.scores.items()},
        'steps': {str(seed): step for seed, step in outcome.steps.items()},
        'seconds': round(outcome.seconds, 3),
        'failed': outcome.failed,
    }


def _number(score: float) -> float | None:
    return None if math.isnan(score) else score
