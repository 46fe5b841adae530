"""The page of ``dann advise`` and the measured pairs that it goes by, from the kept results of ``tools.advice``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dann.advising.advice import Advice, advice, held
from dann.advising.figures import Figures, Measured, Outcome
from dann.advising.measured import LABELS
from dann.advising.options import words
from dann.advising.report import advice_markdown
from dann.advising.rules_found import rules
from dann.core.errors import UserError
from dann.reporting.json_text import json_text
from dann.reporting.markdown import inert, pipes
from dann.reporting.notation import points
from tools.documents.kept import RUN, keep_json, measured_with, told

FILE = 'advice.json'
COMMAND = 'python -m tools.advice'
HEAD = f"""# Advice, measured

Written by `make docs` from `docs/results/advice/*.json`: an edit here is lost. To measure again: `{COMMAND}`, then
`python -m tools.documents --results runs/advice`. How to ask for advice on a pair of your own stands in
[Fine-tune, adapt or train anew?](how-to/advice.md).

Every pair had a short trial with {LABELS} target labels of each class, of which the figures are, and full training of
every option, which says what was right. A rule is judged on each pair by thresholds from pairs that share no domain
with it. An answer is wrong where another option is better by more than two points; accuracies are means over seeds of
full training. These are few pairs, and most are of one street: on a pair of another kind a rule may be worse than here.
"""
EMPTY = '\nNothing is measured yet.\n'
HELD = {True: 'yes', False: '**no**', None: 'not tried'}


def is_advice(root: Path) -> bool:
    """Whether a folder holds what ``dann advise`` or ``tools.advice`` wrote."""
    return bool(_places(root))


def _places(root: Path) -> list[Path]:
    return [root / FILE] if (root / FILE).exists() else sorted(root.glob(f'*/{FILE}'))


def keep_advice(root: Path, out: Path) -> list[Path]:
    """Copy figures and full training of every pair into ``out``, one file a pair.

    Args:
        root: Folder that ``tools.advice`` or ``dann advise --confirm`` wrote.
        out: Folder of the documents.

    Raises:
        UserError: A pair was not trained in full.
    """
    written = []
    for place in _places(root):
        found = json.loads(place.read_text(encoding='utf-8'))
        if found['outcome'] is None:
            raise UserError(f'{place} has no full training; run the command again with --confirm')
        if found['figures']['labels'] != LABELS:
            raise UserError(
                f'{place} is not of {LABELS} labels of each class, as the page is; run tools.advice'
            )
        run = json.loads(_last_run(place.parent).read_text(encoding='utf-8'))
        content = {key: found[key] for key in ('name', 'figures', 'outcome')}
        content['run'] = {key: run.get(key) for key in RUN} | {'command': COMMAND}
        written.append(keep_json(out / 'results' / 'advice' / f'{found["name"]}.json', content))
    return written


def _last_run(folder: Path) -> Path:
    return max(folder.glob('full-*/run.json'), key=lambda path: path.stat().st_mtime)


def kept_pairs(folder: Path) -> list[tuple[Measured, dict[str, Any]]]:
    """Return the kept pairs by name, each with how it ran.

    Raises:
        RunError: A file is corrupt.
    """
    return [told(path, _pair) for path in sorted((folder / 'results' / 'advice').glob('*.json'))]


def _pair(_: Path, content: Mapping[str, Any]) -> tuple[Measured, dict[str, Any]]:
    figures, outcome = Figures.read(content['figures']), Outcome.read(content['outcome'])
    return Measured(content['name'], figures, outcome), content['run']


def measured_pairs(folder: Path) -> str:
    """Return what the package keeps of the measured pairs, as JSON; empty where nothing is measured."""
    pairs = [pair for pair, _ in kept_pairs(folder)]
    plain = [
        {'name': pair.name, 'figures': pair.figures.as_json(), 'outcome': pair.outcome.as_json()}
        for pair in pairs
    ]
    return json_text(plain) if plain else ''


def advice_page(folder: Path) -> str:
    """Return the page as Markdown.

    Args:
        folder: Of the documents, with the kept results in ``results/advice``.

    Raises:
        RunError: A file is corrupt.
    """
    kept = kept_pairs(folder)
    if not kept:
        return HEAD + EMPTY
    pairs = [pair for pair, _ in kept]
    parts = [HEAD, _rules(pairs), _answers(pairs), *(_section(pair, pairs, run) for pair, run in kept)]
    return '\n'.join(parts)


def _rules(pairs: Sequence[Measured]) -> str:
    lines = [[each.name, str(each.rate(pairs)), each.question] for each in rules()]
    return f'## How often each rule was right\n\n{pipes([["rule", "right", "question"], *lines])}\n'


def _answers(pairs: Sequence[Measured]) -> str:
    heading = [
        'pair',
        'without labels',
        'right',
        'best without labels',
        f'with {LABELS} labels',
        'right',
        'best',
    ]
    lines = [_line(pair, pairs) for pair in pairs]
    return f'## What was advised, and what full training says\n\n{pipes([heading, *lines])}\n'


def _line(pair: Measured, pairs: Sequence[Measured]) -> list[str]:
    cells = [pair.name]
    for figures in (pair.figures.without_labels(), pair.figures):
        found = advice(pair.name, figures, known=pairs)
        cells += [_with(found.option, pair.outcome), HELD[held(found.option, figures, pair.outcome)]]
        open_to = [each for each in pair.outcome.accuracies if figures.labels or each in figures.tried]
        cells.append(_with(max(open_to, key=pair.outcome.mean), pair.outcome))
    return cells


def _with(option: str, outcome: Outcome) -> str:
    known = f' {points(outcome.mean(option))}' if option in outcome.accuracies else ''
    return f'{option}{known}'


def _section(pair: Measured, pairs: Sequence[Measured], run: Mapping[str, Any]) -> str:
    found: Advice = advice(pair.name, pair.figures, known=pairs, outcome=pair.outcome)
    matrix = advice_markdown(found, notes=False)
    head = f'## {inert(pair.name)}\n\nAdvised with {LABELS} labels: {inert(words(found.option))}.\n'
    return f'{head}\n{matrix}\n{measured_with({"": run})}'
