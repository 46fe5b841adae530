"""One command, one file: its options, and a call of a function that Python users call too.

A command's module has ``SUMMARY`` (a line for ``dann --help``), ``DESCRIPTION``, ``add_arguments(parser)`` and
``run(options)``, which returns the exit status. It imports what it calls inside ``run``: help needs no torch.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType


def commands() -> dict[str, ModuleType]:
    """Return the modules in this folder that are commands, by name."""
    found = {module.name: import_module(f'{__name__}.{module.name}') for module in iter_modules(__path__)}
    return {name: module for name, module in found.items() if hasattr(module, 'add_arguments')}
