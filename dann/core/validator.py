"""The base class of validators."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from dann.core.views import View


class Validator(ABC):
    """A score that chooses a model without target labels; higher is better.

    ``name`` is what records call it, behind ``val/``. One that ``mixes`` reads the target's ``mixed_logits``, for
    which the network sees the target's validation split a second time. A score that a model leaves undefined is NaN:
    an evaluation does not end a run.
    """

    name: ClassVar[str]
    mixes: ClassVar[bool] = False

    @abstractmethod
    def score(self, source: View, target: View) -> float:
        """Return the score of two whole validation splits; ``target.labels`` is ``None``."""
