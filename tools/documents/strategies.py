"""The page of ways to fine-tune, from the kept results of ``dann benchmark NAME --strategies``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dann.benchmarks.strategies import Compared, as_dict, explained, followed, grid
from dann.reporting.markdown import pipes
from tools.documents.kept import RUN, keep_json, measured_with, sections

HEAD = """# Ways to fine-tune

Written by `make docs` from `docs/results/strategies/*.json`: an edit here is lost. To measure again: `dann benchmark
NAME --strategies`, then `python -m tools.documents --results runs/NAME-strategies`.

A pretrained backbone can be left as it is, trained in part, or trained throughout. Each of these strategies is the same
benchmark, with the same rows, seeds, steps and data; they differ in what of the backbone is trained, and how fast. In
few steps a whole network, above all one from random weights, shows less than in many: read its figures with the steps.

"""
EMPTY = 'Nothing is measured yet.\n'


def is_compared(root: Path) -> bool:
    """Whether a folder holds the results of strategies."""
    return bool(followed(root))


def keep_strategies(root: Path, out: Path) -> list[Path]:
    """Copy the table of a comparison of strategies into ``out``.

    Args:
        root: Folder that ``dann benchmark NAME --strategies`` wrote.
        out: Folder of the documents.
    """
    compared = Compared.open(root)
    first = next(iter(compared.opened.values()))
    content = {
        'title': compared.title,
        'pair': compared.pair,
        'rule': compared.rule,
        'steps': first.benchmark.get('steps'),
        'runs': {name: {key: opened.run.get(key) for key in RUN} for name, opened in compared.opened.items()},
        'lines': [as_dict(line) for line in compared.lines],
    }
    path = out / 'results' / 'strategies' / f'{first.benchmark.get("name", root.name)}.json'
    return [keep_json(path, content)]


def strategies_page(folder: Path) -> str:
    """Return the page as Markdown.

    Args:
        folder: Of the documents, with the kept results in ``results/strategies``.

    Raises:
        RunError: A file is corrupt.
    """
    kept = sections(folder / 'results' / 'strategies', _section)
    return f'{HEAD}{explained()}\n' + ('\n'.join(kept) or EMPTY)


def _section(_: Path, content: Mapping[str, Any]) -> str:
    table = pipes(grid(content['lines']))
    head = f'## {content["title"]}\n\n{content["pair"]} {content["steps"]} steps a run, checkpoints by '
    return f'{head}`{content["rule"]}`.\n\n{table}\n\n{measured_with(content["runs"])}'
