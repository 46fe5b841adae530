"""The examples of docstrings are run, and importing a module defines things and does nothing else."""

from __future__ import annotations

import ast
import doctest
from importlib import import_module
from pathlib import Path

import pytest

import dann

ROOT = Path(dann.__file__).parent.parent
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
MODULES = sorted(
    '.'.join(path.relative_to(ROOT).with_suffix('').parts)
    for room in ('dann', 'tools')
    for path in (ROOT / room).rglob('*.py')
    if '>>> ' in path.read_text()
)
# the one errors for what has moved, the other an option's type for the parser
REGISTERED = ('_moved.install()', 'register_type(Added, serializer=write_added, deserializer=read_added)')
DEFINES = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign


@pytest.mark.parametrize('name', MODULES)
def test_the_examples_of_a_module_give_what_they_show(name: str) -> None:
    outcome = doctest.testmod(import_module(name), optionflags=OPTIONS)
    assert outcome.attempted > 0
    assert outcome.failed == 0, f'python -m doctest {name.replace(".", "/")}.py'


def defines(node: ast.stmt) -> bool:
    """Whether a statement is a definition, a docstring, or runs for a type checker or a script alone."""
    if isinstance(node, ast.Try):
        return all(
            map(defines, (*node.body, *node.orelse, *(each for x in node.handlers for each in x.body)))
        )
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.If):
        return any(word in ast.unparse(node.test) for word in ('TYPE_CHECKING', '__name__'))
    return isinstance(node, DEFINES)


def test_importing_a_module_defines_things_and_does_nothing_else() -> None:
    acting = [
        f'{path}:{node.lineno}'
        for path in (ROOT / 'dann').rglob('*.py')
        for node in ast.parse(path.read_text()).body
        if not defines(node) and ast.unparse(node) not in REGISTERED
    ]
    assert acting == []
