"""The shape of the package: who reads target labels, and what the root holds. Floors are held by import-linter."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import dann

PACKAGE = Path(dann.__file__).parent
ROOT = PACKAGE.parent
MODULES = sorted(PACKAGE.rglob('*.py'))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f'{node.module}.{alias.name}' for alias in node.names)


def test_only_the_evaluator_and_the_few_label_setting_read_target_labels() -> None:
    readers = {
        path.relative_to(PACKAGE).as_posix() for path in MODULES if 'target.labels(' in path.read_text()
    }
    assert readers == {'engine/evaluation.py', 'datasets/few_labels.py'}


def test_nothing_imports_through_the_links_at_the_root() -> None:
    for path in [*MODULES, *(ROOT / 'tests').rglob('*.py')]:
        for name in imports(path):
            assert name.partition('.')[0] not in ('methods', 'datasets', 'benchmarks', 'configs'), path


@pytest.mark.parametrize('room', ['methods', 'datasets', 'benchmarks', 'configs'])
def test_the_rooms_are_linked_at_the_root(room: str) -> None:
    link = ROOT / room
    if not link.is_symlink():
        pytest.skip('installed without the links of a source tree')
    assert link.readlink() == Path('dann', room)


def test_no_script_folder_hides_a_module_of_python() -> None:
    for room in ('methods', 'datasets', 'benchmarks', 'configs'):
        for path in (ROOT / 'dann' / room).glob('*.py'):
            # `python benchmarks/throughput.py` puts the folder first on the path
            assert path.stem not in sys.stdlib_module_names, path


def test_no_room_but_the_commands_takes_the_arguments_of_a_command_line() -> None:
    takers = {
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.arg) and node.annotation and 'Namespace' in ast.unparse(node.annotation)
    }
    assert takers  # or the search finds nothing
    assert {taker.partition('/')[0] for taker in takers} == {'commands'}
