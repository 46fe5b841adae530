"""Notebooks: small, without outputs, pages of the site, and each runs from an empty folder."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tools.site.notebooks import as_markdown

# what takes minutes is cut to seconds
INSTEAD = {
    'steps: 100': 'steps: 4',
    '!dann audit mine.yaml --methods mine': '!dann audit mine.yaml --methods mine --steps 8',
    '--steps 60 --size 96': '--steps 4 --size 32',
}
NOTEBOOKS = sorted((Path(__file__).parents[3] / 'notebooks').glob('*.ipynb'))

COMMAND = """#!{python}
import sys
from dann.cli import main
if __name__ == '__main__':  # which a worker imports
    sys.exit(main())
"""


def names(path: Path) -> str:
    return path.stem


def test_there_are_notebooks() -> None:
    assert len(NOTEBOOKS) >= 3


@pytest.mark.parametrize('path', NOTEBOOKS, ids=names)
def test_outputs_are_not_committed(path: Path) -> None:
    cells = json.loads(path.read_text())['cells']
    assert not any(cell.get('outputs') or cell.get('execution_count') for cell in cells)


@pytest.mark.parametrize('path', NOTEBOOKS, ids=names)
def test_the_page_has_every_cell(path: Path) -> None:
    cells, page = json.loads(path.read_text())['cells'], as_markdown(path)
    assert page.startswith('# ')
    for cell in cells:
        source = ''.join(cell['source'])
        assert (f'```python\n{source}\n```' if cell['cell_type'] == 'code' else source) in page


def test_what_is_cut_is_there() -> None:
    cells = [''.join(cell['source']) for path in NOTEBOOKS for cell in json.loads(path.read_text())['cells']]
    assert all(any(written in cell for cell in cells) for written in INSTEAD)


@pytest.mark.slow
@pytest.mark.parametrize('path', NOTEBOOKS, ids=names)
def test_a_notebook_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbclient, nbformat = pytest.importorskip('nbclient'), pytest.importorskip('nbformat')
    pytest.importorskip('ipykernel')
    command = tmp_path / 'bin' / 'dann'  # that of this interpreter
    command.parent.mkdir()
    command.write_text(COMMAND.format(python=sys.executable))
    command.chmod(0o755)
    monkeypatch.setenv('PATH', f'{command.parent}:{os.environ["PATH"]}')
    monkeypatch.setenv('PYTHONPATH', str(Path(__file__).parents[3]))
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        for written, instead in INSTEAD.items():
            cell.source = cell.source.replace(written, instead)
    nbclient.NotebookClient(
        notebook, timeout=600, kernel_name='python3', resources={'metadata': {'path': str(tmp_path)}}
    ).execute()
    printed = ''.join(output.get('text', '') for cell in notebook.cells for output in cell.get('outputs', ()))
    assert 'dann: ' not in printed  # how a command says that it did not do it
