"""The floors of the package are a contract that a wrong import breaks by name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dann

PACKAGE = Path(dann.__file__).parent
CONFIGURATION = PACKAGE.parent / 'pyproject.toml'

pytest.importorskip('importlinter', reason='import-linter is not installed')
if not CONFIGURATION.exists():
    pytest.skip('installed without the configuration of a source tree', allow_module_level=True)


@pytest.fixture(scope='module')
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('tree')
    shutil.copytree(PACKAGE, folder / 'dann', ignore=shutil.ignore_patterns('__pycache__'))
    shutil.copy(CONFIGURATION, folder)
    return folder


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {'PYTHONPATH': str(tree)}
    code = 'from importlinter.cli import lint_imports_command; lint_imports_command()'
    command = [sys.executable, '-c', code, '--no-logo', '--no-cache']
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)


def test_imports_point_down(tree: Path) -> None:
    done = lint(tree)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ('file', 'line', 'broken'),
    [
        (
            'methods/alignment/mcc.py',
            'import dann.benchmarks',
            'dann.methods.alignment.mcc -> dann.benchmarks',
        ),
        ('core/views.py', 'from dann.networks import ConvNet', 'dann.core.views -> dann.networks'),
        ('shift/mmd.py', 'def late():\n    import dann.commands', 'dann.shift.mmd -> dann.commands'),
        ('methods/style/fda.py', 'import pytorch_lightning', 'dann.methods.style.fda -> pytorch_lightning'),
    ],
)
def test_an_import_that_points_up_is_named(tree: Path, file: str, line: str, broken: str) -> None:
    path = tree / 'dann' / file
    before = path.read_text()
    path.write_text(f'{before}\n\n{line}\n')
    try:
        done = lint(tree)
    finally:
        path.write_text(before)
    assert done.returncode == 1
    assert broken in done.stdout
