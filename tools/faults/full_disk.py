"""A disk that is full, or has no place for another file: one line, and the same results once there is space."""

from __future__ import annotations

import ctypes
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from random import Random

from tools.faults.healthy import BENCHMARK, Place, without_figures
from tools.faults.same import difference
from tools.faults.trials import Result, Trial

POINTS = 5  # of each of two folders and of each of two limits: 20
BLOCK = 4096
NEW_USER, NEW_MOUNTS = 0x10000000, 0x00020000  # of unshare(2)
REMOUNT, RECURSIVE, PRIVATE = 0x20, 0x4000, 0x40000  # of mount(2)
AMPLE = 'size=64m,nr_inodes=100k'


def trials(healthy: Place) -> Sequence[Trial]:
    """Return disks that are too small for the run or for the cache; none where this system lets us make no disk."""
    if not _can_mount(healthy.root / 'run'):
        print('full disks: not tried, as this system lets only an administrator mount', file=sys.stderr)
        return []
    kinds = [(name, limit) for name in ('run', 'cache') for limit in ('size', 'nr_inodes')]
    return [
        Trial('disk full', partial(_full, healthy, name, limit, number))
        for name, limit in kinds
        for number in range(POINTS)
    ]


def _full(healthy: Place, name: str, limit: str, number: int, work: Path, random: Random) -> Iterator[Result]:
    place = healthy.copied(work, 'run', 'cache')
    (place.root / name).mkdir()
    needed = list((healthy.root / name).rglob('*'))
    whole = len(needed) if limit == 'nr_inodes' else sum(_blocks(path) for path in needed) * BLOCK
    share = (number + random.random()) / POINTS
    options = f'{limit}={max(int(whole * share), 2 if limit == "nr_inodes" else BLOCK)}'
    wrong = in_fork(partial(_tried, place, place.root / name, options, healthy))
    yield f'{name} on a disk of {options} ({share:.0%} of what it takes)', wrong


def _tried(place: Place, folder: Path, options: str, healthy: Place) -> str:
    _mount(folder, options)
    first = place.call(*BENCHMARK, prepared=without_figures)
    if first.wrong:
        return first.wrong
    _mount(folder, AMPLE, REMOUNT)
    second = place.call(*BENCHMARK, prepared=without_figures)
    return second.wrong or (second.said if second.status else difference(place.run, healthy.run))


def _blocks(path: Path) -> int:
    return -(-path.stat().st_size // BLOCK) if path.is_file() else 0


def in_fork(run: Callable[[], str]) -> str:
    """Call a function in a process of its own, whose disks nobody else sees; return what it does."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _alone()
            answer = run()
        except BaseException as error:  # the fork must end here
            answer = f'{type(error).__name__}: {error}'
        os.write(writer, json.dumps(answer).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, 'rb') as pipe:
        answer = json.loads(pipe.read() or b'"ended without an answer"')
    os.waitpid(child, 0)
    return str(answer)


def _alone() -> None:
    """Give this process disks of its own, as an administrator of them."""
    user, group = os.getuid(), os.getgid()
    _checked(_libc().unshare(NEW_MOUNTS | (NEW_USER if user else 0)))
    if user:
        Path('/proc/self/setgroups').write_text('deny', encoding='ascii')
        Path('/proc/self/uid_map').write_text(f'0 {user} 1', encoding='ascii')
        Path('/proc/self/gid_map').write_text(f'0 {group} 1', encoding='ascii')
    _checked(_libc().mount(b'none', b'/', None, RECURSIVE | PRIVATE, None))


def _mount(folder: Path, options: str, flags: int = 0) -> None:
    _checked(_libc().mount(b'none', os.fsencode(folder), b'tmpfs', flags, options.encode()))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(status: int) -> None:
    if status:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _can_mount(folder: Path) -> bool:
    def tried() -> str:
        _mount(folder, AMPLE)
        return ''

    return sys.platform == 'linux' and not in_fork(tried)
