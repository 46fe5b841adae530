"""Figures drawn faster: without a true PDF, whose fonts take most of the time."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from matplotlib.figure import Figure

from dann.reporting import palette


def leave_out_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every figure a PNG and an SVG, and its PDF nothing but a beginning."""
    whole = palette.encoded

    def encoded(
        figure: Figure, formats: Sequence[palette.Format] = palette.FORMATS, source: str | None = None
    ) -> palette.Drawn:
        drawn = whole(figure, [each for each in formats if each != 'pdf'], source)
        return drawn | ({'pdf': b'%PDF'} if 'pdf' in formats else {})

    monkeypatch.setattr(palette, 'encoded', encoded)
