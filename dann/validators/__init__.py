"""Scores that choose a model without target labels, one a file.

``from dann.validators import InfoMax`` finds the class in the file that defines it, so that a new score stands in no
list.
"""

from __future__ import annotations

from typing import Any

from dann.core.registry import registered
from dann.core.validator import Validator

__all__ = ['Validator']


def __getattr__(name: str) -> Any:
    """Return the validator of a name."""
    # other names are those of modules, which importing would ask for before they are there
    found = registered(Validator, __name__) if name[:1].isupper() else {}
    if name not in found:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return found[name]


def __dir__() -> list[str]:
    return sorted({*__all__, *registered(Validator, __name__)})
