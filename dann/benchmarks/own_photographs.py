"""Measures how long photographs of one's own take: ``dann data check`` and ``dann benchmark`` on generated ones.

Street vehicles by day and by night are written as JPEG files wider than tall, in folders of their classes, and the two
commands run as a user would type them, with an empty cache. Wall-clock minutes and those of the CPU are printed.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from dann.core.errors import UserError
from dann.datasets import Street

WIDE, TALL = 640, 480


def write_photographs(root: Path, count: int) -> None:
    """Write ``root/DOMAIN/CLASS/NUMBER.jpg``, ``count`` photographs of each of ``day`` and ``night``.

    The scene is a square in the middle, with its edges stretched to both sides.
    """
    for domain in ('day', 'night'):
        street = Street(domain, size=64, train=count, val=2, test=2, root=str(root.parent / 'scenes'))
        street.prepare()
        labels = street.labels('train').tolist()
        for number, (pixels, label) in enumerate(zip(street.images('train').numpy(), labels, strict=True)):
            scene = Image.fromarray(np.moveaxis(pixels, 0, 2)).resize((TALL, TALL), Image.Resampling.BICUBIC)
            side = (WIDE - TALL) // 2
            wide = np.pad(np.asarray(scene), ((0, 0), (side, side), (0, 0)), mode='edge')
            path = root / domain / street.classes[label] / f'{number:04d}.jpg'
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(wide).save(path, quality=90)


def timed(arguments: Sequence[str], folder: Path) -> tuple[float, float]:
    """Run ``dann`` in ``folder`` and return its wall-clock seconds and those of the CPU, of its processes too.

    Raises:
        UserError: The command failed; what it wrote stands above.
    """
    environment = os.environ | {'DANN_CACHE': str(folder / 'cache')}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        [sys.executable, '-m', 'dann', *arguments], cwd=folder, env=environment, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise UserError(f'`dann {" ".join(arguments)}` ended with {done.returncode}; see what it wrote above')
    return time.monotonic() - began, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(argv: Sequence[str] | None = None) -> None:
    """Print the minutes of both commands."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').partition('\n')[0])
    parser.add_argument('--count', type=int, default=500, metavar='N', help='photographs of each domain')
    parser.add_argument('rest', nargs='*', help='further options of `dann benchmark`, behind --')
    options = parser.parse_args(argv)
    ends = ['--source', 'day', '--target', 'night']
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_photographs(folder / 'photos', options.count)
        for command in (['data', 'check', 'photos'], ['benchmark', 'photos', *ends, *options.rest]):
            wall, cpu = timed(command, folder)
            print(
                f'{options.count} + {options.count} photographs, `dann {" ".join(command)}`: {wall / 60:.1f} minutes, '
                f'{cpu / 60:.1f} of the CPU',
                flush=True,
            )


if __name__ == '__main__':
    main()
