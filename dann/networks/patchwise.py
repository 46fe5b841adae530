"""How a vision transformer is taken apart, so that patches of an image can be left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True)
class Patchwise:
    """The two halves of a vision transformer, between which tokens may be left out.

    Args:
        patch: Side of a patch in pixels.
        width: Numbers of a token.
        leading: Tokens in front of those of the patches, as a class token, which are never left out.
        pixels: Images in [0, 1] to what is cut into patches: normalised, and of the network's size.
        embedded: What is cut to tokens with their places, shape ``(B, leading + N, width)``.
        attended: Tokens of any number, the leading ones first, to as many after the last block and its norm.
    """

    patch: int
    width: int
    leading: int
    pixels: Callable[[Tensor], Tensor]
    embedded: Callable[[Tensor], Tensor]
    attended: Callable[[Tensor], Tensor]
