"""Checks that several styles share."""

from __future__ import annotations

from torch import Tensor

from dann.core.errors import check


def check_pairs(source: Tensor, target: Tensor, *, channels: int | None = None) -> None:
    """Raise ``ValueError`` unless both are images of one shape, with ``channels`` where that matters."""
    wanted = f'(B, {channels or "C"}, H, W)'
    check(
        source.ndim == 4
        and source.shape == target.shape
        and source.shape[1] == (channels or source.shape[1]),
        f'expected pairs of images of shape {wanted}, got {tuple(source.shape)} and {tuple(target.shape)}; '
        'give every source image one partner of its size',
    )
