"""Sixty image files that are damaged, lie about themselves, or unpack to more than a machine holds."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from random import Random

import numpy as np
from PIL import Image

FORMATS = ('png', 'jpeg', 'bmp', 'gif', 'tiff', 'webp', 'ppm', 'tga')
MODES = ('1', 'L', 'LA', 'P', 'CMYK', 'I;16', 'F')
SIDE = 24


def images(random: Random) -> Mapping[str, bytes]:
    """Return contents by file name; what is cut and flipped is drawn."""
    found: dict[str, bytes] = {}
    for kind in FORMATS:
        whole = _encoded('RGB', kind)
        for name, spoilt in SPOILT.items():
            found[f'{name}.{kind}'] = spoilt(whole, random)
    found |= {f'mode {mode.replace(";", "-")}.tiff': _encoded(mode, 'tiff') for mode in MODES}
    sizes = {'wide': (2**31 - 1, 1), 'huge': (60_000, 60_000), 'nothing': (0, 0), 'line': (1, 1_000_000)}
    found |= {f'{name}.png': _png(*size) for name, size in sizes.items()}
    return found | {
        'text bomb.png': _png(SIDE, SIDE, text=1 << 28),
        'script.svg': b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        'page.png': b'<!doctype html><h1>404</h1>',
        'empty.jpg': b'',
        'zeros.png': bytes(4096),
        'frames.gif': _frames(300),
        'other suffix.jpg': _encoded('RGB', 'png'),
        'pickle.png': b'\x80\x04cos\nsystem\n(S"true"\ntR.',
        'endless.tiff': b'II*\0\x08\0\0\0\0\0\x08\0\0\0',  # whose next directory is itself
    }


def _noise(mode: str) -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 255, (SIDE, SIDE, 3), np.uint8)
    if mode in ('I;16', 'F'):
        return Image.fromarray(pixels[..., 0].astype(np.uint16 if mode == 'I;16' else np.float32))
    return Image.fromarray(pixels).convert('RGB').convert('L' if mode == 'LA' else mode).convert(mode)


def _encoded(mode: str, kind: str) -> bytes:
    file = io.BytesIO()
    _noise(mode).save(file, kind)
    return file.getvalue()


def _flipped(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(8):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


SPOILT: Mapping[str, Callable[[bytes, Random], bytes]] = {
    'cut': lambda data, random: data[: random.randrange(1, len(data))],
    'flipped': _flipped,
    'head alone': lambda data, _: data[:16],
    'doubled': lambda data, _: data + data,
    'head of zeros': lambda data, _: bytes(8) + data[8:],
}


def _png(width: int, height: int, text: int = 0) -> bytes:
    """Return a PNG that says it has a size, with hardly any pixels, and a text that unpacks to so many bytes."""
    head = struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)
    note = _chunk(b'zTXt', b'note\0\0' + zlib.compress(bytes(text), 9)) if text else b''
    pixels = _chunk(b'IDAT', zlib.compress(bytes(SIDE * (3 * SIDE + 1))))
    return b'\x89PNG\r\n\x1a\n' + _chunk(b'IHDR', head) + note + pixels + _chunk(b'IEND', b'')


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def _frames(count: int) -> bytes:
    file = io.BytesIO()
    first, *rest = [Image.new('P', (SIDE, SIDE), number % 256) for number in range(count)]
    first.save(file, 'gif', save_all=True, append_images=rest)
    return file.getvalue()
