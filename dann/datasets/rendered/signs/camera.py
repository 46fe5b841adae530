"""From light to 8-bit pixels: blur, exposure, sensor, and the size that a sign is photographed at."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.datasets.rendered.random_batch import RandomBatch
from dann.datasets.rendered.signs.scene import CROP, FRAME

SMALLEST = 14  # pixels per side of a crop


def photograph(light: Tensor, size: int, random: RandomBatch) -> Tensor:
    """Return pictures of ``light``.

    Args:
        light: Linear RGB, shape ``(B, 3, FRAME, FRAME)``.
        size: Pixels per side to which the crops are brought, bilinearly and without a low-pass filter.
        random: Draws the settings and the noise.

    Returns:
        uint8, shape ``(B, 3, size, size)``.
    """
    pixels = torch.exp(random.normal(3.6, 0.4)).clamp(SMALLEST, CROP).round()
    light = blur(light * balance(random), random, CROP / pixels)
    haze, gain = meter(light, random)
    down = shrinking(pixels.flatten())[:, None]
    seen = down @ ((light + haze) * gain).clamp(min=0) @ down.transpose(2, 3)
    seen = expose(seen, random)
    up = stretching(pixels.flatten(), size)[:, None]
    picture = up @ seen @ up.transpose(2, 3)
    return (picture.clamp(0, 1) * 255).round().to(torch.uint8)


def balance(random: RandomBatch) -> Tensor:
    """Return the gains of red, green and blue of a white balance that is off, shape ``(B, 3, 1, 1)``."""
    warm, tint = random.normal(0, 0.1), random.normal(0, 0.04)
    return torch.exp(torch.cat([warm, tint, -warm], dim=1))


def blur(light: Tensor, random: RandomBatch, pixel: Tensor) -> Tensor:
    r"""Return ``light`` out of focus and in motion, by its Fourier transform.

    .. math:: \hat h(f) = \exp(-2 \pi^2 \sigma^2 |f|^2) \, \mathrm{sinc}(l \, f \cdot e)

    Args:
        light: Shape ``(B, 3, FRAME, FRAME)``.
        random: Draws the deviation, the length and the direction.
        pixel: Pixels of the scene in a pixel of the sensor, shape ``(B, 1, 1, 1)``.
    """
    across, down = torch.fft.rfftfreq(FRAME), torch.fft.fftfreq(FRAME)[:, None]
    deviation = torch.exp(random.normal(-0.9, 0.5)).clamp(max=1.6) * pixel
    length, angle = random.coin(0.3) * random.uniform(0, 4) * pixel, random.uniform(0, torch.pi)
    soft = torch.exp(-2 * torch.pi**2 * deviation.square() * (across.square() + down.square()))
    moved = torch.sinc(length * (across * angle.cos() + down * angle.sin()))
    blurred: Tensor = torch.fft.irfft2(torch.fft.rfft2(light) * soft * moved, s=(FRAME, FRAME))
    return blurred


def meter(light: Tensor, random: RandomBatch) -> tuple[Tensor, Tensor]:
    """Return the haze before a scene and the gain that exposes it, from nearly black to blown out.

    Args:
        light: Shape ``(B, 3, FRAME, FRAME)``.
        random: Draws both, each of shape ``(B, 1, 1, 1)``.
    """
    inner = slice((FRAME - CROP // 2) // 2, (FRAME + CROP // 2) // 2)
    mean, middle = (part.mean(dim=(1, 2, 3), keepdim=True) for part in (light, light[..., inner, inner]))
    haze = random.uniform(0, 0.45) ** 3 * mean
    gain = torch.exp(random.normal(-2.0, 1.2)).clamp(0.012, 0.8) / mean.clamp(min=1e-3)
    return haze, torch.minimum(gain, 1.0 / middle.clamp(min=1e-3))  # an all white sign would teach nothing


def expose(values: Tensor, random: RandomBatch) -> Tensor:
    """Return what the camera makes of exposed light: values in [0, 1], noisy, on the sRGB curve or a steeper one."""
    grain = torch.exp(random.uniform(-10, -7)) * values + torch.exp(random.uniform(-6.5, -4.5)).square() * 0.1
    values = (values + grain.sqrt() * random.noise(3, values.shape[-1])).clamp(0, 1)
    return sharpen(tone(values) ** random.uniform(1.1, 1.8), random).clamp(0, 1)


def tone(linear: Tensor) -> Tensor:
    """Return sRGB values of ``linear`` ones, both in [0, 1]."""
    return torch.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * linear.clamp(min=1e-6) ** (1 / 2.4) - 0.055
    )


def sharpen(values: Tensor, random: RandomBatch) -> Tensor:
    """Return ``values`` with their edges raised, as cameras do."""
    around = F.avg_pool2d(F.pad(values, (1, 1, 1, 1), mode='replicate'), 3, stride=1)
    return values + random.uniform(-0.3, 0.8).clamp(min=0) * (values - around)


def shrinking(pixels: Tensor) -> Tensor:
    """Return the averages of the crop's pixels over larger ones, shape ``(B, CROP, FRAME)``.

    Args:
        pixels: Pixels per side afterwards, at most ``CROP``, shape ``(B,)``; the further rows repeat the last.
    """
    width = (CROP / pixels)[:, None, None]
    row = torch.minimum(torch.arange(CROP)[None, :, None], pixels[:, None, None] - 1)
    start = (FRAME - CROP) / 2 + row * width
    column = torch.arange(FRAME)
    shared = torch.minimum(column + 1, start + width) - torch.maximum(column, start)
    return shared.clamp(min=0) / width


def stretching(pixels: Tensor, size: int) -> Tensor:
    """Return the weights of a bilinear resize from ``pixels`` to ``size``, shape ``(B, size, CROP)``."""
    places = (torch.arange(size) + 0.5) * pixels[:, None] / size - 0.5
    places = torch.minimum(places.clamp(min=0), pixels[:, None] - 1)[..., None]
    return (1 - (places - torch.arange(CROP)).abs()).clamp(min=0)
