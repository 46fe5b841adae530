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


# modules that hold something public and need no test file of their own, each with its reason
UNMIRRORED: dict[str, str] = {}
# rooms whose tests do not mirror them yet, by the number of files that lack one
TO_COME = {
    'audit': 24,
    'benchmarks': 27,
    'commands': 11,
    'configs': 1,
    'datasets': 67,
    'functional': 7,
    'reporting': 4,
    'search': 6,
    'shift': 17,
    'tasks': 1,
    'validators': 20,
}


def public(path: Path) -> bool:
    """Whether a module defines a function or a class that others may use."""
    kinds = ast.FunctionDef | ast.ClassDef
    return any(isinstance(node, kinds) and node.name[0] != '_' for node in ast.parse(path.read_text()).body)


def stem(path: Path) -> str:
    """The name that a module's test file has behind ``test_``: a package's own is that of the package."""
    return path.parent.name if path.stem == '__init__' else path.stem


def unmirrored(room: str) -> list[str]:
    """Return the modules of a room that hold something public and have no test file of their name."""
    return [
        name
        for path in MODULES
        if (name := path.relative_to(PACKAGE).as_posix()).partition('/')[0] == room and public(path)
        if not (ROOT / 'tests' / name).with_name(f'test_{stem(path)}.py').exists()
    ]


ROOMS = sorted({path.relative_to(PACKAGE).parts[0] for path in MODULES})


@pytest.mark.parametrize('room', ROOMS)
def test_every_module_has_a_test_file_of_its_name(room: str) -> None:
    missing = set(unmirrored(room)) - UNMIRRORED.keys()
    if room in TO_COME:
        assert len(missing) <= TO_COME[room], sorted(missing)
    else:
        assert missing == set()


def test_exceptions_from_the_mirror_are_files_that_still_need_them() -> None:
    for name in UNMIRRORED:
        assert name in unmirrored(name.partition('/')[0]), f'{name} is gone, or has its test file now'


@pytest.mark.parametrize('room', ['core', 'engine', 'methods', 'networks'])
def test_every_test_file_of_these_rooms_tests_a_module_or_all_of_a_kind(room: str) -> None:
    suites = {'methods/test_conformance.py', 'methods/test_continued.py', 'methods/test_declarations.py'} | {
        'methods/test_degenerate.py',
        'methods/test_few_labels.py',
        'methods/test_published.py',
    }
    for path in (ROOT / 'tests' / room).rglob('test_*.py'):
        name = path.relative_to(ROOT / 'tests')
        assert (
            PACKAGE / name.with_name(path.name.removeprefix('test_'))
        ).exists() or name.as_posix() in suites, name
