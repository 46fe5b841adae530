"""The evidence for the default selection rule, kept in ``docs/results``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dann.benchmarks.comparison.judging import RuleEvaluation, pools
from dann.benchmarks.comparison.leave_one_out import CRITERIA, best_rule, by_benchmark, leave_one_out
from dann.benchmarks.comparison.rankings import benchmark_folders, rankings, read_all
from dann.benchmarks.results.opened import Results
from dann.core.errors import RunError
from dann.reporting.files import write_whole
from dann.stats.intervals import Estimate

FILE = Path('results/model-selection.json')
RUN = ('command', 'machine', 'versions', 'started', 'minutes', 'commit', 'rescored')


@dataclass(frozen=True, slots=True)
class Evidence:
    """How every rule did on some benchmarks.

    Args:
        benchmarks: Of each its name, domains, counts, and how it was run.
        rankings: Evaluations of the rules over all benchmarks, and on each.
        held_out: By criterion, for each benchmark the rule chosen on the others.
        chosen: By criterion, the rule chosen on all of them.
    """

    benchmarks: Sequence[Mapping[str, Any]]
    rankings: Mapping[str, Sequence[RuleEvaluation]]
    held_out: Mapping[str, Mapping[str, str]]
    chosen: Mapping[str, str]

    def of(self, benchmark: str, rule: str) -> RuleEvaluation | None:
        """Return how ``rule`` did on ``benchmark``."""
        return next((each for each in self.rankings[benchmark] if each.rule == rule), None)


def keep_rankings(roots: Sequence[Path], out: Path) -> Path:
    """Judge every rule on the benchmarks in folders ``roots`` and keep the figures in ``out``."""
    folders = benchmark_folders(roots)
    records = read_all(folders)
    found = by_benchmark(records)
    content = {
        'benchmarks': [_facts(Results.open(folder)) for folder in folders],
        'rankings': {
            name: [_short(asdict(each)) for each in ranked] for name, ranked in rankings(records).items()
        },
        'held_out': {criterion: leave_one_out(found, criterion) for criterion in CRITERIA},
        'chosen': {criterion: best_rule(found, criterion) for criterion in CRITERIA},
    }
    path = out / FILE
    write_whole(path, _text(content).encode())
    return path


def _short(value: Any) -> Any:
    """Return an evaluation with figures of six decimals, which is more than any table shows."""
    if isinstance(value, dict):
        return {key: _short(each) for key, each in value.items()}
    return round(value, 6) if isinstance(value, float) else value


def _text(content: dict[str, Any]) -> str:
    """Return JSON with one line for each evaluation, so that a difference between two rankings can be read."""
    blocks = [
        f'    {json.dumps(name)}: [\n'
        + ',\n'.join(f'      {json.dumps(each)}' for each in ranked)
        + '\n    ]'
        for name, ranked in content['rankings'].items()
    ]
    rest = json.dumps(
        {key: value for key, value in content.items() if key != 'rankings'}, indent=2, allow_nan=False
    )
    return f'{rest[:-2]},\n  "rankings": {{\n' + ',\n'.join(blocks) + '\n  }\n}\n'


def _facts(folder: Results) -> dict[str, Any]:
    candidates = pools(folder.records)
    return {
        'name': folder.records[0]['benchmark'],
        'title': folder.benchmark.get('title'),
        'source': folder.records[0]['source'],
        'target': folder.records[0]['target'],
        'steps': folder.benchmark.get('steps'),
        'seeds': len(candidates),
        'rows': len({record['method'] for pool in candidates.values() for record in pool}),
        'candidates': sum(map(len, candidates.values())),
        'run': {key: folder.run.get(key) for key in RUN},
    }


def read_rankings(out: Path) -> Evidence | None:
    """Return the kept figures; ``None`` where there are none yet.

    Raises:
        RunError: The file is corrupt.
    """
    path = out / FILE
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
        content['rankings'] = {
            name: [_judgement(each) for each in ranked] for name, ranked in content['rankings'].items()
        }
        return Evidence(**content)
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f'cannot read {path} ({error}); write it anew with `python -m tools.documents --rankings DIR`'
        raise RunError(msg) from error


def _judgement(each: dict[str, Any]) -> RuleEvaluation:
    numbers = {
        key: Estimate(**each[key]) if each[key] else None
        for key in ('checkpoint', 'method', 'spearman', 'weighted', 'accuracy')
    }
    return RuleEvaluation(**each | numbers | {'methods': tuple(each['methods'])})
