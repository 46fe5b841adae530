"""The source labels that an alignment may read."""

from __future__ import annotations

from torch import Tensor

from dann.core.errors import CheckError
from dann.core.views import View


def labels_of(source: View) -> Tensor:
    """Return the source's labels, or raise ``ValueError`` where there are none."""
    if source.labels is None:
        msg = 'expected a labelled source view, got `labels` of None; pass `View(..., labels=...)`'
        raise CheckError(msg)
    return source.labels
