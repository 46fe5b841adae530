"""Styles: they must bring source images, or features, closer to those of the target."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.audit.findings import Finding
from dann.audit.gradients.distance import deviations, energy_distance
from dann.audit.gradients.probe import Probe
from dann.audit.parts import Part

NAME = 'gradient sign'
DRAWS = 8


def styling(probe: Probe, part: Part, terms: list[str]) -> Finding:
    """Check that the source is nearer to the target with the style at full strength than without it.

    A style of images also passes where the source is nearer to the target in the target's style than in that of the
    target's negatives.
    """
    style = probe.module.style
    if style is None or 'source' not in probe.batch:
        return Finding(NAME, 'undecided', f'{part.name}: no source image is delivered at this step')
    if terms:
        evidence = f'{part.name}: networks that are still learning draw the images; liveness looks at each of its terms'
        return Finding(NAME, 'does not apply', evidence)
    if not (style.on_images or style.on_features):
        return Finding(NAME, 'does not apply', f'{part.name}: it brings nothing to the target')
    measure = _mixed if style.on_features else _drawn
    plain, styled = measure(probe, 0.0), measure(probe, 1.0)
    what = 'feature maps' if style.on_features else 'images'
    change = f'{plain:.3f} without it, {styled:.3f} with it'
    evidence = f'{part.name}: energy distance of source {what} to the target {change}'
    if styled < plain:
        return Finding(NAME, 'pass', evidence)
    if style.on_images and styled < (other := _drawn(probe, 1.0, negatives=True)):
        evidence += (
            f' and {other:.3f} in the style of their negatives: it follows the target, but does not help here'
        )
        return Finding(NAME, 'pass', evidence)
    return Finding(NAME, 'fail', f'{evidence}; it drives them apart')


@torch.no_grad()
def _drawn(probe: Probe, strength: float, *, negatives: bool = False) -> float:
    """Return the distance of colours, contrasts and coarse shapes, after a style taken from the target."""
    (images, _), target = probe.batch['source'], probe.batch['target']
    probe.reset()
    assert probe.module.style is not None
    plain, wanted = _statistics_of(images), _statistics_of(target)
    unit = deviations(plain, wanted)
    styled = probe.module.style(images, 1 - target if negatives else target, strength)
    return energy_distance(_statistics_of(styled) / unit, wanted / unit)


def _statistics_of(images: Tensor) -> Tensor:
    deviation, mean = torch.std_mean(images, dim=(2, 3))
    return torch.cat([mean, deviation, F.adaptive_avg_pool2d(images, 4).flatten(1)], dim=1)


@torch.no_grad()
def _mixed(probe: Probe, strength: float) -> float:
    """Return the mean distance, over several draws, of channel means and deviations behind the mixed stages."""
    source, unit = len(probe.batch['source'][1]), _statistics(probe, 0.0, 0).std(dim=0) + 1e-12
    drawn = [_statistics(probe, strength, draw) / unit for draw in range(DRAWS)]
    return sum(energy_distance(each[:source], each[source:]) for each in drawn) / DRAWS


def _statistics(probe: Probe, strength: float, draw: int) -> Tensor:
    """Return channel means and deviations of the last mixed stage, source first."""
    (images, _), target = probe.batch['source'], probe.batch['target']
    style, backbone = probe.module.style, probe.module.network.backbone
    assert style is not None
    probe.reset()
    torch.default_generator.manual_seed(draw)
    found: list[Tensor] = []
    with style.mixing(strength, len(images)):
        # behind the style's own hooks, which are called first
        last = (*getattr(style, 'stages', ()), backbone)[:-1][-1:] or (backbone,)
        hook = last[0].register_forward_hook(lambda _module, _inputs, output: found.append(output))
        backbone(torch.cat([images, target]))
        hook.remove()
    maps = found[0].flatten(2) if found[0].ndim > 2 else found[0][:, :, None]
    return torch.cat([maps.mean(dim=2), maps.std(dim=2, correction=0)], dim=1)
