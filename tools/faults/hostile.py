"""A hundred hostile images and archives: a line each, nothing outside the folder, and no more memory than is there."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from random import Random

from tools.faults.calls import Outcome, begun
from tools.faults.healthy import Place
from tools.faults.hostile_archives import archives, arrays
from tools.faults.hostile_images import images
from tools.faults.trials import Result, Trial

MEMORY = 3 << 30  # bytes that a command may take beyond what its process has at the start
LIMIT = 20.0


def trials(healthy: Place) -> Sequence[Trial]:
    """Return one trial for images, one for archives of files and one for archives of arrays."""
    kinds = {'images': (images, _image), 'archives': (archives, _archive), 'arrays': (arrays, _array)}
    return [
        Trial(f'hostile {"images" if name == "images" else "archives"}', partial(_each, healthy, make, judge))
        for name, (make, judge) in kinds.items()
    ]


def _each(
    healthy: Place,
    make: Callable[[Random], Mapping[str, bytes]],
    judge: Callable[[Place, str, bytes], Outcome],
    work: Path,
    random: Random,
) -> Iterator[Result]:
    for name, content in make(random).items():
        shutil.rmtree(work, ignore_errors=True)
        place = healthy.copied(work / 'inside', 'run', 'cache')
        outcome = judge(place, name, content)
        outside = sorted(path.name for path in work.iterdir() if path.name != 'inside')
        yield name, outcome.wrong or (f'wrote {outside} outside its folder' if outside else '')


def _bounded() -> None:
    """Let this process take no more memory than ``MEMORY`` beyond what it has."""
    pages = int(Path('/proc/self/statm').read_text(encoding='ascii').split()[0])
    most = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _image(place: Place, name: str, content: bytes) -> Outcome:
    """Check a folder with the image, then train on it."""
    (place.root / 'photos' / 'day' / 'bus' / name).write_bytes(content)
    checked = place.call('data', 'check', 'photos', '--json', limit=LIMIT, prepared=_bounded)
    if checked.wrong:
        return checked
    return place.call('gap', 'toy.yaml', '--permutations', '199', '--json', limit=LIMIT, prepared=_bounded)


def _archive(place: Place, name: str, content: bytes) -> Outcome:
    """Unpack the archive as a downloaded one."""
    (place.root / name).write_bytes(content)

    def run() -> int:
        from dann.core.errors import UserError
        from dann.datasets.storage.download import unpack

        _bounded()
        try:
            unpack(place.root / name, place.root / 'unpacked')
        except UserError as error:
            print(f'dann: {error}')
            return error.status
        return 0

    outcome = begun(run, place.root, place.environment).outcome(LIMIT)
    inside = os.path.realpath(place.root) + os.sep
    leads = [
        path for path in place.root.rglob('unpacked/**/*') if not os.path.realpath(path).startswith(inside)
    ]
    return Outcome(3, '', f'leads outside: {leads[0]}') if leads else outcome


def _array(place: Place, name: str, content: bytes) -> Outcome:
    """Check the data in the archive of arrays, and measure the gap."""
    (place.root / name).write_bytes(content)
    checked = place.call('data', 'check', name, '--json', limit=LIMIT, prepared=_bounded)
    if checked.wrong:
        return checked
    asked = ('gap', name, '--source', 'day', '--target', 'night', '--permutations', '199', '--json')
    return place.call(*asked, limit=LIMIT, prepared=_bounded)
