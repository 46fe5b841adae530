"""What is behind a sign: leaves, sky, walls and other signs, made of noise and plain shapes."""

from __future__ import annotations

import torch
from torch import Tensor

from dann.datasets.rendered.random_batch import RandomBatch
from dann.datasets.rendered.signs.scene import FRAME, places

# linear RGB of what streets are lined with
STUFF = torch.tensor(
    [
        (0.03, 0.05, 0.015),  # leaves in the shade
        (0.1, 0.16, 0.04),  # leaves in the sun
        (0.25, 0.15, 0.03),  # autumn
        (0.02, 0.02, 0.022),  # a wood, a gap
        (0.06, 0.045, 0.03),  # bark, soil
        (0.12, 0.12, 0.12),  # asphalt
        (0.3, 0.27, 0.22),  # plaster
        (0.25, 0.1, 0.06),  # brick
        (0.4, 0.42, 0.45),  # a white van, haze
    ]
)
SKIES = torch.tensor([(0.35, 0.5, 0.8), (0.7, 0.75, 0.85), (0.9, 0.9, 0.9), (0.4, 0.42, 0.45)])
EDGES = torch.tensor([(0.55, 0.03, 0.03), (0.02, 0.1, 0.4), (0.03, 0.03, 0.03)])


def backdrop(random: RandomBatch) -> Tensor:
    """Return the light of backgrounds, shape ``(B, 3, FRAME, FRAME)``."""
    ground = _patches(random, random.choose(STUFF), random.choose(STUFF))
    ground = _over(ground, random.choose(STUFF), random.coin(0.3) * _half_plane(random, 1.57))
    sky = random.choose(SKIES) * torch.exp(random.normal(0.2, 0.4))
    twigs = torch.sigmoid((_rough(random) - random.uniform(-0.2, 2.5)) * 5)
    sky = _over(sky.expand(-1, -1, FRAME, FRAME), random.choose(STUFF[:5]), twigs)
    heaven = torch.maximum(random.coin(0.2), random.coin(0.35) * _half_plane(random, 0.4))
    scene = _over(ground, sky, heaven)
    return _neighbour(_pole(scene, random), random)


def _over(below: Tensor, above: Tensor, share: Tensor) -> Tensor:
    return below + share * (above - below)


def _rough(random: RandomBatch) -> Tensor:
    """Return noise of all scales, coarse or fine to a different degree."""
    layers = [(torch.exp(random.normal(0, 0.7)), random.clouds(bumps, FRAME)) for bumps in (3, 7, 16, 40)]
    power = sum((weight**2 for weight, _ in layers), torch.zeros(1))
    return sum((weight * cloud for weight, cloud in layers), torch.zeros(1)) / power.sqrt()


def _patches(random: RandomBatch, one: Tensor, other: Tensor) -> Tensor:
    """Return patches of two colours, each of changing lightness."""
    share = torch.sigmoid((_rough(random) - random.normal(0, 0.6)) / torch.exp(random.uniform(-2.5, 0)))
    return _over(one, other, share) * torch.exp(random.uniform(0, 0.7) * _rough(random))


def _half_plane(random: RandomBatch, spread: float) -> Tensor:
    """Return 1 above a slanted line, shape ``(B, 1, FRAME, FRAME)``."""
    x, y = places()
    angle = random.uniform(-spread, spread)
    return torch.sigmoid(-(y * angle.cos() + x * angle.sin() - random.normal(0, 0.6)) / 0.02)


def _pole(scene: Tensor, random: RandomBatch) -> Tensor:
    """Put a post under the sign, and through it in some pictures."""
    x, y = places()
    aside = (x - random.normal(0, 0.05) - random.normal(0, 0.04) * y) / random.uniform(0.04, 0.1)
    inside = torch.sigmoid((1 - aside.abs()) / 0.15) * (random.coin(0.4) + (y > 0)).clamp(max=1)
    metal = torch.exp(random.uniform(-3.5, -0.7)) * (
        1 + 0.5 * random.normal(0, 1) * aside.clamp(-1, 1)
    ).clamp(min=0.2)
    return _over(scene, metal, random.coin(0.5) * inside)


def _neighbour(scene: Tensor, random: RandomBatch) -> Tensor:
    """Put another sign above or below, of which the edge shows."""
    x, y = places()
    side = 2 * random.coin(0.5) - 1
    u, v = (x - random.normal(0, 0.08)) / 0.78, (y - side * random.uniform(1.55, 1.75)) / 0.78
    square = random.coin(0.4)
    distance = square * torch.maximum(u.abs(), v.abs()) + (1 - square) * (u.square() + v.square()).sqrt()
    plate = torch.sigmoid((1 - distance) / 0.02)
    rim = torch.sigmoid((distance - random.uniform(0.7, 0.98)) / 0.02)
    colour = _over(torch.full((1, 3, 1, 1), 0.7), random.choose(EDGES), rim)
    return _over(scene, colour, random.coin(0.2) * plate)
