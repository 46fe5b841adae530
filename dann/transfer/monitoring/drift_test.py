"""A test of drift of the user's own, beside the two that every window has."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from dann.core.errors import RunError
from dann.core.views import View
from dann.engine.catalogue import own_kinds


class DriftTest(ABC):
    """Compares a window with the reference; a subclass writes ``p_value``.

    All tests of a window share what it may spend of the level alike. The stated rate of false alarms is kept where a
    p-value is one: without drift it is at most ``a`` with a probability of at most ``a``, for every ``a``.

    ``name`` is what tables call it.

    Example:
        >>> class Certain(DriftTest):
        ...     name = 'certain'
        ...
        ...     def p_value(self, reference, window, draw):
        ...         return 1.0
        >>> Certain().p_value(None, None, None)
        1.0
    """

    name: ClassVar[str]

    @abstractmethod
    def p_value(self, reference: View, window: View, draw: np.random.Generator) -> float:
        """Return the p-value of the hypothesis that nothing has drifted.

        Args:
            reference: What the network makes of the reference: features, logits and probabilities, no label.
            window: What it makes of the window.
            draw: For what the test draws; of its own for each window.
        """


def drift_tests(paths: Sequence[str]) -> list[DriftTest]:
    """Return the tests that dotted paths name.

    Raises:
        UserError: A path cannot be imported or is no whole ``DriftTest``, or two have one name.
    """
    return [kind() for kind in own_kinds('test', paths, DriftTest)]


def checked(test: DriftTest, value: float) -> float:
    """Return a p-value; raise ``RunError`` for what is none."""
    if not isinstance(value, float | int) or not 0 <= value <= 1 or math.isnan(value):
        raise RunError(f'the test {test.name} returned {value!r}, which is no p-value; return one in [0, 1]')
    return float(value)
