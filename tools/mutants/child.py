"""One run of pytest inside a copy of the tree."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

NOT_THE_COPY = 70
OPTIONS = ('-x', '-q', '--tb=short', '-m', 'not long', '-p', 'no:cacheprovider', '-o', 'required_plugins=')


def run_tests(tree: Path, tests: Sequence[str], modules: Sequence[str], log: Path) -> None:
    """Run tests in ``tree`` and end this process with pytest's status, the first failure ending the run.

    The process leads a group of its own, so that it can be ended with all that it started.

    Args:
        tree: The copy.
        tests: Arguments of pytest.
        modules: Dotted names of modules that must be imported from the copy; the status is ``NOT_THE_COPY`` where
            one comes from elsewhere, or where the tests pass without importing it.
        log: Where to write what pytest prints.
    """
    os.setsid()
    os.chdir(tree)
    with log.open('w', encoding='utf-8') as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.path.insert(0, str(tree))
    os.environ['PYTHONPATH'] = str(tree)
    os.environ['PYTEST_DISABLE_PLUGIN_AUTOLOAD'] = '1'  # other orders and more processes cost time
    for name in [each for each in sys.modules if each.partition('.')[0] == 'tools']:
        del sys.modules[name]  # this package, which was imported from elsewhere
    gc.freeze()  # what was imported before the fork is not looked through again, nor copied
    import pytest

    status = int(pytest.main([*OPTIONS, f'--basetemp={tree.parent / "tmp"}', *tests]))
    if not all(_from_copy(name, tree, passed=status == 0) for name in modules):
        status = NOT_THE_COPY
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _from_copy(name: str, tree: Path, *, passed: bool) -> bool:
    module = sys.modules.get(name)
    if module is None:
        return not passed
    return bool(module.__file__) and Path(str(module.__file__)).is_relative_to(tree)
