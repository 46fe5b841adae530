"""Forty archives of files and arrays that are damaged, lead elsewhere, or unpack to more than a machine holds."""

from __future__ import annotations

import gzip
import io
import pickle
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import numpy as np

BOMB = 1 << 29  # bytes that some unpack to
NAMES = (
    '../out',
    '/tmp/dann-hostile',
    'a/../../out',
    '..\\out',
    'C:\\out',
    'a/' * 1500 + 'b',
    '',
    '.',
    'a\0b',
)
LINKS = (('link', '/etc/passwd'), ('link', '../../out'), ('a', 'a'), ('link', '.'))
DEVICES = (tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE)


def archives(random: Random) -> Mapping[str, bytes]:
    """Return zip and tar archives by file name; what is cut and flipped is drawn."""
    found = {f'name {number}.zip': _zip([(name, b'x')]) for number, name in enumerate(NAMES[:6])}
    found |= {f'name {number}.tar': _tar([(name, tarfile.REGTYPE, '')]) for number, name in enumerate(NAMES)}
    found |= {
        f'link {number}.tar': _tar([(name, tarfile.SYMTYPE, to)]) for number, (name, to) in enumerate(LINKS)
    }
    found |= {f'device {number}.tar': _tar([('a', kind, '')]) for number, kind in enumerate(DEVICES)}
    found['name 9.tar'] = _tar([('x' * 300, tarfile.REGTYPE, '')])
    whole = _zip([(str(number), bytes(100)) for number in range(20)])
    return found | {
        'cut.zip': whole[: random.randrange(1, len(whole))],
        'flipped.zip': _flipped(whole, random),
        'bomb.zip': _zip([('a', bytes(BOMB))]),
        'bomb.tar.gz': gzip.compress(_tar([('a', tarfile.REGTYPE, '')], bytes(BOMB)), 1),
        'empty.zip': b'',
        'twice.zip': _zip([('a', b'1'), ('a', b'2')]),
    }


def arrays(random: Random) -> Mapping[str, bytes]:
    """Return archives of arrays by file name."""
    right = {
        'x': np.zeros((6, 8, 8), np.uint8),
        'y': np.arange(6) % 2,
        'domain': np.array(['day', 'night'] * 3),
    }
    whole = _npz(right)
    heads = ('(-1, 8, 8)', '(10**30,)', f'({10**30}, 8, 8)', '(6, 8, 8', '6', f'({1 << 33},)', '((6,),)')
    found = {f'shape {number}.npz': _members(right, x=_npy(text)) for number, text in enumerate(heads)}
    objects = io.BytesIO()
    np.save(objects, np.array([{'a': 1}], dtype=object), allow_pickle=True)
    return found | {
        'cut.npz': whole[: random.randrange(1, len(whole))],
        'flipped.npz': _flipped(whole, random),
        'objects.npz': _members(right, x=objects.getvalue()),
        'pickle.npz': pickle.dumps(right),
        'bomb.npz': _npz(right | {'x': np.zeros((BOMB // 64, 8, 8), np.uint8)}),
    }


def _flipped(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(8):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _zip(members: Sequence[tuple[str, bytes]]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w', zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name or '/'), content, zipfile.ZIP_DEFLATED, 1)
    return file.getvalue()


def _tar(members: Sequence[tuple[str, bytes, str]], content: bytes = b'x') -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode='w') as archive:
        for name, kind, link in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, link
            member.size = len(content) if kind == tarfile.REGTYPE else 0
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def _npz(named: Mapping[str, Any]) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **named)
    return file.getvalue()


def _npy(shape: str) -> bytes:
    head = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".encode()
    head = head.ljust(117) + b'\n'
    return b'\x93NUMPY\x01\x00' + len(head).to_bytes(2, 'little') + head + bytes(384)


def _members(right: Mapping[str, Any], **changed: bytes) -> bytes:
    def written(value: Any) -> bytes:
        file = io.BytesIO()
        np.save(file, value)
        return file.getvalue()

    contents = {name: written(value) for name, value in right.items()} | changed
    return _zip([(f'{name}.npy', content) for name, content in contents.items()])
