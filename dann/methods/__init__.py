"""Adaptation methods: alignment losses, styles, training procedures, and first stages. A class here is registered.

``from dann.methods import DANN`` finds the class in the file that defines it, so that a new method stands in no list.
"""

from __future__ import annotations

from typing import Any

from dann.core.registry import found_by_name, registered


def _found() -> dict[str, type[Any]]:
    from dann.core.alignment import Alignment
    from dann.core.pretraining import Pretraining
    from dann.core.style import Style
    from dann.engine.module import AdaptationModule

    return {
        **registered(AdaptationModule, f'{__name__}.training'),
        **registered(Style, f'{__name__}.style'),
        **registered(Alignment, f'{__name__}.alignment'),
        **registered(Pretraining, f'{__name__}.pretraining'),
    }


__getattr__, __dir__ = found_by_name(__name__, _found)
