"""Source accuracy."""

from __future__ import annotations

from dann.core.validator import Validator
from dann.core.views import View


class SourceAccuracy(Validator):
    """Share of held-out source samples classified correctly, in [0, 1]: the baseline of all validators."""

    name = 'source_accuracy'

    def score(self, source: View, target: View) -> float:
        """Return the accuracy."""
        assert source.labels is not None
        return float((source.predictions == source.labels).double().mean())
