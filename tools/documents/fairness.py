"""The page of groups, from the kept results of ``dann fairness``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dann.benchmarks.fairness.report import FairnessReport
from tools.documents.kept import RUN, keep_json, measured_with, sections

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
    }
    path = out / 'results' / 'fairness' / f'{opened.benchmark.get("name", root.name)}.json'
    return [keep_json(path, content)]


def fairness_page(folder: Path) -> str:
    """Return the page as Markdown.

    Args:
        folder: Of the documents, with the kept results in ``results/fairness``.

    Raises:
        RunError: A file is corrupt.
    """
    kept = sections(folder / 'results' / 'fairness', _section)
    return HEAD + ('\n'.join(kept) or EMPTY)


def _section(_: Path, content: Mapping[str, Any]) -> str:
    head = f'## {content["title"]}\n\n{content["steps"]} steps a run.\n\n'
    return f'{head}{content["text"]}\n{measured_with({"": content["run"]})}'
