"""Tests of drift as a user writes them."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dann.core.views import View
from dann.transfer.monitoring import DriftTest


class Early(DriftTest):
    """Always rejects."""

    name = 'early'
    value: ClassVar[float] = 1e-9

    def p_value(self, reference: View, window: View, draw: np.random.Generator) -> float:
        return self.value


class Twice(Early):
    """Has the name of another."""


class Drawn(DriftTest):
    """Draws its p-value."""

    name = 'drawn'

    def p_value(self, reference: View, window: View, draw: np.random.Generator) -> float:
        return float(draw.random())
