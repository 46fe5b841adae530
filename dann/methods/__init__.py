"""Adaptation methods: alignment losses, styles, and training procedures. A class defined here is registered.

``from dann.methods import DANN`` finds the class in the file that defines it, so that a new method stands in no list.
"""

from __future__ import annotations

from typing import Any


def _found() -> dict[str, type[Any]]:
    from dann.core.alignment import Alignment
    from dann.core.registry import registered
    from dann.core.style import Style
    from dann.engine.module import AdaptationModule

    return {
        **registered(AdaptationModule, f'{__name__}.training'),
        **registered(Style, f'{__name__}.style'),
        **registered(Alignment, f'{__name__}.alignment'),
    }


def __getattr__(name: str) -> Any:
    """Return the method of a name."""
    # other names are those of modules, which importing would ask for before they are there
    found = _found() if name[:1].isupper() else {}
    if name not in found:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return found[name]


def __dir__() -> list[str]:
    return sorted(_found())
