"""Images as squares of pixels: cut, left out and compared."""

from __future__ import annotations

import torch
from torch import Tensor

from dann.core.errors import check


def cut(images: Tensor, side: int) -> Tensor:
    """Squares of images, row by row, the pixels of a square row by row and the channels of a pixel last.

    Args:
        images: Shape ``(B, C, H, W)``.
        side: Of a square in pixels; it divides height and width.

    Returns:
        Shape ``(B, N, side * side * C)``.

    Raises:
        ValueError: Images that no whole number of squares covers.
    """
    count, channels, height, width = images.shape
    check(
        height % side == 0 and width % side == 0,
        f'expected images that squares of {side} pixels cover, got {height} x {width}',
    )
    squares = images.reshape(count, channels, height // side, side, width // side, side)
    return squares.permute(0, 2, 4, 3, 5, 1).reshape(count, -1, side * side * channels)


def kept_at_random(count: int, squares: int, masked: float, device: torch.device | None = None) -> Tensor:
    """Which squares of each image are kept, drawn evenly and without replacement.

    Args:
        count: Images ``B``.
        squares: Of each image, ``N``, at least 2.
        masked: Share of them that is left out, in (0, 1); at least one is kept and one left out.
        device: Where to draw.

    Returns:
        Positions in ascending order, shape ``(B, K)``.

    Raises:
        ValueError: Fewer than two squares, of which none is left once one is kept.
    """
    check(squares > 1, f'expected at least 2 squares an image, got {squares}')
    kept = min(max(round(squares * (1 - masked)), 1), squares - 1)
    return torch.rand(count, squares, device=device).argsort(dim=1)[:, :kept].sort(dim=1).values


def masked_error(guess: Tensor, squares: Tensor, kept: Tensor, eps: float = 1e-6) -> Tensor:
    r"""Mean squared error on the squares that were left out, whose pixels are normalised square by square.

    .. math:: \ell = \frac{1}{|M| P} \sum_{n \in M} \left\lVert \hat x_n - \frac{x_n - \mu_n}{\sqrt{\sigma_n^2 +
        \epsilon}} \right\rVert^2

    Args:
        guess: Normalised pixels as they were guessed, shape ``(B, N, P)``.
        squares: Pixels as they are, shape ``(B, N, P)``, of at least two numbers.
        kept: Positions of the squares that were seen and do not count, shape ``(B, K)``.
        eps: Added to the variance, which is the unbiased one of the ``P`` numbers.

    Returns:
        A scalar of at least 0.

    Raises:
        ValueError: Squares of one number, which has no variance.

    Reference:
        `Masked Autoencoders Are Scalable Vision Learners <https://arxiv.org/abs/2111.06377>`_, section 3,
        "Reconstruction target", and the authors' code.
    """
    check(squares.shape[2] > 1, 'expected squares of at least 2 numbers, got 1')
    normalised = (squares - squares.mean(dim=2, keepdim=True)) / (
        squares.var(dim=2, keepdim=True) + eps
    ).sqrt()
    hidden = torch.ones(squares.shape[:2], dtype=torch.bool, device=squares.device).scatter(1, kept, False)
    return (guess - normalised).square().mean(dim=2)[hidden].mean()
