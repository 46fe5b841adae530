"""The evidence for the default selection rule, kept beside the documents."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dann.benchmarks.files import write_whole
from dann.benchmarks.folder import Folder, open_folder
from dann.benchmarks.intervals import Estimate
from dann.benchmarks.judging import Judgement, pools
from dann.benchmarks.leave_one_out import CRITERIA, best_rule, by_benchmark, leave_one_out
from dann.benchmarks.rankings import benchmark_folders, rankings, read_all
from dann.errors import RunError

FILE = Path('results/model-selection.json')
RUN = ('command', 'machine', 'versions', 'started', 'minutes', 'commit', 'rescored')


@dataclass(frozen=True, slots=True)
class Evidence:
    """How every rule did on some benchmarks.

    Args:
        benchmarks: Of each its name, domains, counts, and how it was run.
        rankings: Judgements of the rules over all benchmarks, and on each.
        held_out: By criterion, for each benchmark the rule chosen on the others.
        chosen: By criterion, the rule chosen on all of them.
    """

    benchmarks: Sequence[Mapping[str, Any]]
    rankings: Mapping[str, Sequence[Judgement]]
    held_out: Mapping[str, Mapping[str, str]]
    chosen: Mapping[str, str]

    def of(self, benchmark: str, rule: str) -> Judgement | None:
        """Return how ``rule`` did on ``benchmark``."""
        return next((each for each in self.rankings[benchmark] if each.rule == rule), None)


def keep_rankings(roots: Sequence[Path], out: Path) -> Path:
    """Judge every rule on the benchmarks in folders ``roots`` and keep the figures in ``out``."""
    folders = benchmark_folders(roots)
    records = read_all(folders)
    found = by_benchmark(records)
    content = {
        'benchmarks': [_facts(open_folder(folder)) for folder in folders],
        'rankings': {name: [asdict(each) for each in ranked] for name, ranked in rankings(records).items()},
        'held_out': {criterion: leave_one_out(found, criterion) for criterion in CRITERIA},
        'chosen': {criterion: best_rule(found, criterion) for criterion in CRITERIA},
    }
    path = out / FILE
    write_whole(path, (json.dumps(content, indent=1, allow_nan=False) + '\n').encode())
    return path


def _facts(folder: Folder) -> dict[str, Any]:
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
        msg = f'cannot read {path} ({error}); write it anew with `dann docs --rankings DIR`'
        raise RunError(msg) from error


def _judgement(each: dict[str, Any]) -> Judgement:
    numbers = {
        key: Estimate(**each[key]) if each[key] else None
        for key in ('checkpoint', 'method', 'spearman', 'weighted', 'accuracy')
    }
    return Judgement(**each | numbers | {'methods': tuple(each['methods'])})
