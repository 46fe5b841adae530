"""What a validator is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from dann.views import View


class Validator(ABC):
    """A score that chooses a model without target labels; higher is better.

    ``name`` is what records call it, behind ``val/``.
    """

    name: ClassVar[str]

    @abstractmethod
    def score(self, source: View, target: View) -> float:
        """Return the score of two whole validation splits; ``target.labels`` is ``None``."""
