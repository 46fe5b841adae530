"""Which files Python opens."""

from __future__ import annotations

import sys
from typing import Any


class Watch:
    """Notes every file that Python opens while it watches."""

    opened: list[str] | None = None

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == 'open' and self.opened is not None:
            self.opened.append(str(arguments[0]))


WATCH = Watch()
sys.addaudithook(WATCH)
