"""Notebooks as pages of the site: their text, and their code as it is run."""

from __future__ import annotations

import json
from pathlib import Path


def as_markdown(path: Path) -> str:
    """Return a notebook as Markdown; outputs are left out, which those of the repository do not have."""
    cells = json.loads(path.read_text(encoding='utf-8'))['cells']
    parts = [_cell(cell['cell_type'], ''.join(cell['source'])) for cell in cells]
    where = f'*A notebook: `jupyter lab notebooks/{path.name}` runs it.*'
    return '\n\n'.join([parts[0], where, *parts[1:]]) + '\n'


def _cell(kind: str, source: str) -> str:
    return source if kind == 'markdown' else f'```python\n{source}\n```'
