"""The page of groups, from the kept results of ``dann fairness``."""

from __future__ import annotations

import json
from pathlib import Path

from dann.benchmarks.fairness.report import FairnessReport
from dann.core.errors import RunError
from dann.reporting.files import write_whole
from tools.documents.kept import RUN
from tools.documents.strategies import measured_with

HEAD = """# Groups, before and after adaptation

Written by `make docs` from `docs/results/fairness/*.json`: an edit here is lost. To measure again: the benchmark of
[How groups fare](how-to/fairness.md), then `python -m tools.documents --results runs/fairness`.

"""
EMPTY = 'Nothing is measured yet.\n'


def has_groups(root: Path) -> bool:
    """Whether a folder holds a benchmark whose samples have groups."""
    return any(root.glob('jobs/*/groups/*.npz'))


def keep_fairness(root: Path, out: Path) -> list[Path]:
    """Copy what ``dann fairness`` says of a benchmark into ``out``.

    Args:
        root: Folder that ``dann benchmark`` wrote.
        out: Folder of the documents.
    """
    report = FairnessReport.open(root)
    opened = report.results
    content = {
        'title': report.table.title,
        'steps': opened.benchmark.get('steps'),
        'run': {key: opened.run.get(key) for key in RUN},
        'text': report.text,
        'figures': report.as_dict(),
    }
    path = out / 'results' / 'fairness' / f'{opened.benchmark.get("name", root.name)}.json'
    write_whole(path, (json.dumps(content, indent=1) + '\n').encode())
    return [path]


def fairness_page(folder: Path) -> str:
    """Return the page as Markdown.

    Args:
        folder: Of the documents, with the kept results in ``results/fairness``.

    Raises:
        RunError: A file is corrupt.
    """
    kept = [_section(path) for path in sorted((folder / 'results' / 'fairness').glob('*.json'))]
    return HEAD + ('\n'.join(kept) or EMPTY)


def _section(path: Path) -> str:
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
        head = f'## {content["title"]}\n\n{content["steps"]} steps a run.\n\n'
        return f'{head}{content["text"]}\n{measured_with({"": content["run"]})}'
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(
            f'cannot read {path} ({error}); write it anew with `python -m tools.documents --results DIR`'
        ) from error
