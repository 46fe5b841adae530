"""The page of test-time adaptation, from the kept results of ``dann online``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dann.benchmarks.report.verdicts import verdict
from dann.core.errors import RunError, UserError
from dann.reporting.files import write_whole
from dann.reporting.notation import percent
from dann.stats.intervals import Estimate
from dann.transfer.online.protocols import PROTOCOLS
from dann.transfer.online.report import online_markdown
from tools.documents.kept import row_a_line

FILE = 'online.json'
HEAD = """# Test-time adaptation, measured

Written by `make docs` from `docs/results/online/*.json`: an edit here is lost. How to run it on a network of your own
stands in [Adapt while it predicts](how-to/test-time.md). To measure again: the command of a section with `--out DIR`,
then `python -m tools.documents --results DIR`.

The networks are small, with batch norm, and were trained from scratch on the source of a built-in pair alone: those of
`dann benchmark catalogue --methods source_only`. Those of the section *pretrained* are of `dann benchmark
day-to-night`: frozen on ImageNet, with a classifier trained on features by the statistics of ImageNet. Of the night
severity 0 is dusk, 1 street lamps only. No option was tuned: rows without one have this project's defaults, which are
the papers' where the method's docstring says so, and the others show what one of them is worth here. An interval is
over networks, each with a stream of its own. Times are of a machine that others shared, and those measured before
November 30 hold the start of the method too.
"""
EMPTY = 'Nothing is measured yet.\n'
WORDS = {
    'better': 'Better than the network as it is, by an interval that excludes zero',
    'worse': 'Worse, likewise',
}


def is_online(root: Path) -> bool:
    """Whether a folder holds what ``dann online --out`` wrote."""
    return (root / FILE).exists()


def keep_online(root: Path, out: Path) -> list[Path]:
    """Copy what ``dann online --out`` wrote into ``out``; its file there has the name of the folder.

    Args:
        root: The folder.
        out: Folder of the documents.

    Raises:
        UserError: It was not measured by ``dann online``.
    """
    try:
        content = json.loads((root / FILE).read_text(encoding='utf-8'))
        found = {key: content[key] for key in ('run', 'protocol', 'rows')} | content
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f'cannot read {root / FILE} ({error}); measure it with `dann online ... --out DIR`'
        ) from error
    path = out / 'results' / 'online' / f'{root.name}.json'
    write_whole(path, row_a_line(found).encode())
    return [path]


def online_page(folder: Path) -> str:
    """Return the page as Markdown.

    Args:
        folder: Of the documents, with the kept results in ``results/online``.

    Raises:
        RunError: A file is corrupt.
    """
    places = sorted((folder / 'results' / 'online').glob('*.json'))
    if not places:
        return f'{HEAD}\n{EMPTY}'
    kept = {place: _kept(place) for place in places}
    shown = '\n'.join(f'- {_title(place)}: {_shown(content)}' for place, content in kept.items())
    sections = [_section(_title(place), content) for place, content in kept.items()]
    return '\n'.join([HEAD, f'## What it shows\n\n{shown}\n', *sections])


def _title(path: Path) -> str:
    return path.stem.replace('-', ' ').capitalize()


def _kept(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding='utf-8'))
        _section('', content)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(
            f'cannot read {path} ({error}); write it anew with `python -m tools.documents --results DIR`'
        ) from error
    return content


def _section(title: str, content: dict[str, Any]) -> str:
    about = PROTOCOLS[content['protocol']].about
    parts = [online_markdown(content), _read(content), _made(content['run'])]
    return '\n'.join([f'## {title}\n', f'{about.capitalize()}.\n', *parts])


def _gains(content: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return methods with their gains, by what their intervals say of them."""
    found: dict[str, list[str]] = {'better': [], 'worse': [], '': []}
    for row in content['rows']:
        if row['gain'] is not None:
            gain = Estimate(**row['gain'])
            found.get(verdict(gain), found['']).append(f'{row["method"]} {percent(gain, signed=True)}')
    return found


def _shown(content: Mapping[str, Any]) -> str:
    """Say in a line how many rows are better than the network as it is, and which are worse."""
    found = _gains(content)
    count = sum(map(len, found.values()))
    better, worse = len(found['better']), _listed(found['worse'])
    return f'{better} of {count} rows are better than the network as it is; worse: {worse}.'


def _read(content: Mapping[str, Any]) -> str:
    """Say which methods help, which harm and which do neither."""
    found = _gains(content)
    lines = [f'- {words}: {_listed(found[key])}.' for key, words in WORDS.items()]
    return '\n'.join([*lines, f'- No difference shown: {_listed(found[""])}.', ''])


def _listed(names: Sequence[str]) -> str:
    return ', '.join(names) or 'none'


def _made(run: Mapping[str, Any]) -> str:
    versions = ', '.join(f'{name} {version}' for name, version in run['versions'].items())
    said = [f'`{run["command"]}`', run['machine'], versions, f'commit {run["commit"]}', run['date']]
    return f'Measured with {"; ".join(str(each) for each in said)}.\n'
