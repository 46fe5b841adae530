"""What several losses check of the features they are given."""

from __future__ import annotations

from torch import Tensor

from dann.core.errors import CheckError


def check_features(source: Tensor, target: Tensor, *, at_least: int = 1) -> None:
    """Raise ``ValueError`` unless both are ``(B, D)`` with one ``D`` and enough samples."""
    if source.ndim != 2 or target.ndim != 2 or source.shape[1] != target.shape[1]:
        msg = (
            'expected features of shape (Bs, D) and (Bt, D), '
            f'got {tuple(source.shape)} and {tuple(target.shape)}'
        )
        raise CheckError(msg)
    if min(len(source), len(target)) < at_least:
        msg = (
            f'expected at least {at_least} samples a domain, got {len(source)} and {len(target)}; '
            'raise the batch size'
        )
        raise CheckError(msg)
