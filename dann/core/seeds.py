"""Seeds that every generator takes."""

from __future__ import annotations

from dann.core.errors import UserError

LARGEST_SEED = 2**32 - 1  # that NumPy takes


def check_seed(name: str, seed: int) -> None:
    """Raise ``UserError`` for a seed that is no number from 0 to ``LARGEST_SEED``.

    Args:
        name: The option that it was given as.
        seed: The number.
    """
    if not 0 <= seed <= LARGEST_SEED:
        bound = 'least 0' if seed < 0 else f'most {LARGEST_SEED:,}'
        raise UserError(f'expected `{name}` of at {bound}, got {str(seed)[:40]}')
