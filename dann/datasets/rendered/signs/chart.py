"""The signs without a scene: each drawing in fresh paint."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.datasets.rendered.signs.camera import tone
from dann.datasets.rendered.signs.drawings import drawings
from dann.datasets.rendered.signs.scene import PAINTS


def chart(size: int = 32, variant: int = 0) -> Tensor:
    """Return every sign on grey in the order of ``SIGNS``, uint8, shape ``(43, 3, size, size)``.

    Args:
        size: Pixels per side.
        variant: Numbers in strokes (0) or in DejaVu Sans Bold (1).
    """
    covers = drawings()[variant]
    fresh = torch.tensor([paint[0] for paint in PAINTS])
    light = torch.einsum('bkhw,kc->bchw', covers, fresh) + 0.2 * (1 - covers.sum(dim=1, keepdim=True))
    return (tone(F.interpolate(light, size=(size, size), mode='area')) * 255).round().to(torch.uint8)
