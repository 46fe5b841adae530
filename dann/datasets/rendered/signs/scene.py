"""A sign in front of a background: linear light, before the camera."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.datasets.rendered.random_batch import RandomBatch
from dann.datasets.rendered.signs.pen import EXTENT

FRAME = 80  # pixels per side of a scene
CROP = 64  # of which the camera sees the middle

# reflectances (linear RGB) that a paint lies between when new, faded and dirty, in the order of the inks
PAINTS = (
    ((0.85, 0.85, 0.85), (0.7, 0.7, 0.68), (0.7, 0.68, 0.58)),
    ((0.02, 0.02, 0.02), (0.04, 0.04, 0.045), (0.08, 0.08, 0.08)),
    ((0.5, 0.015, 0.025), (0.25, 0.015, 0.02), (0.4, 0.02, 0.03), (0.6, 0.1, 0.06), (0.5, 0.16, 0.14)),
    ((0.01, 0.06, 0.3), (0.01, 0.15, 0.5), (0.06, 0.22, 0.45), (0.015, 0.04, 0.12)),
    ((0.8, 0.42, 0.02), (0.7, 0.35, 0.01), (0.7, 0.5, 0.15)),
    ((0.25, 0.25, 0.25), (0.35, 0.35, 0.35), (0.2, 0.2, 0.22)),
    ((0.0, 0.22, 0.1), (0.03, 0.35, 0.2)),
)


def places() -> tuple[Tensor, Tensor]:
    """Return x and y of the scene's pixels, shape ``(FRAME, FRAME)``; the crop reaches from -1 to 1."""
    line = ((torch.arange(FRAME) + 0.5) / FRAME * 2 - 1) * FRAME / CROP
    y, x = torch.meshgrid(line, line, indexing='ij')
    return x, y


def compose(sheets: Tensor, behind: Tensor, random: RandomBatch) -> Tensor:
    """Return the light of signs in front of ``behind``.

    Args:
        sheets: Cover of each ink, shape ``(B, 7, R, R)``.
        behind: Light of the background, shape ``(B, 3, FRAME, FRAME)``.
        random: Draws place, paint and shading.

    Returns:
        Shape ``(B, 3, FRAME, FRAME)``, about 0.2 on average.
    """
    covers = F.grid_sample(sheets, view(sheets, random), align_corners=False)
    paints = torch.stack([random.between(torch.tensor(paint))[..., 0, 0] for paint in PAINTS], dim=1)
    sign = torch.einsum('bkhw,bkc->bchw', covers, paints)
    bare = 1 - covers.sum(dim=1, keepdim=True)
    lit = (sign + sheen(random) * (1 - bare - sign)) * shading(random)
    return lit + bare * behind * torch.exp(random.normal(0, 0.6))


def view(sheets: Tensor, random: RandomBatch) -> Tensor:
    """Return where on its sheet each pixel looks, in the convention of ``grid_sample``.

    The sign is turned, seen a little from the side and placed as annotated signs are: in the middle, with a
    margin of about a tenth. A crop follows the sign's own width and height, more or less.
    """
    x, y = places()
    wide, high = half_sizes(sheets)
    fit = random.uniform(0.1, 1)[..., 0]
    scale = random.uniform(0.68, 0.84)[..., 0]
    across, down = (torch.exp(random.normal(0, 0.04))[..., 0] * scale / half**fit for half in (wide, high))
    left, top = (random.normal(0, 0.045)[..., 0] for _ in range(2))
    u, v = (x - left) / across, (y - top) / down
    u = u + random.normal(0, 0.06)[..., 0] * v
    angle = random.normal(0, 0.09)[..., 0]
    u, v = u * angle.cos() - v * angle.sin(), u * angle.sin() + v * angle.cos()
    far = 1 + random.normal(0, 0.07)[..., 0] * u + random.normal(0, 0.05)[..., 0] * v
    return torch.stack([u, v], dim=-1) / far.clamp(min=0.5)[..., None] / EXTENT


def half_sizes(sheets: Tensor) -> tuple[Tensor, Tensor]:
    """Return half the width and height of what is covered, each of shape ``(B, 1, 1)``."""
    covered = sheets.sum(dim=1) > 0.5
    halves = [covered.any(dim=side).sum(dim=1) / sheets.shape[-1] * EXTENT for side in (1, 2)]
    return halves[0][:, None, None], halves[1][:, None, None]


def shading(random: RandomBatch) -> Tensor:
    """Return the light on a sign, 1 on average: a slope, the edge of a shadow, the dapples of leaves."""
    x, y = places()
    slope = torch.exp(random.normal(0, 0.15) * x + random.normal(0, 0.15) * y)
    angle = random.uniform(0, 6.2832)
    side = torch.sigmoid(
        (x * angle.cos() + y * angle.sin() - random.normal(0, 0.5)) / random.uniform(0.02, 0.3)
    )
    shadow = 1 - random.coin(0.2) * random.uniform(0.2, 0.75) * side
    leaves = torch.sigmoid(3 * (random.clouds(6, FRAME) - random.normal(0.3, 0.5)))
    return slope * shadow * (1 - random.coin(0.15) * random.uniform(0.2, 0.7) * leaves)


def sheen(random: RandomBatch) -> Tensor:
    """Return the share of white light that a sign's surface adds, shape ``(B, 1, 1, 1)``."""
    return 0.01 + random.coin(0.25) * random.uniform(0, 0.25)
