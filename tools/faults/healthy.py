"""A small benchmark on images of its own, run once: what the faults are planted in."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import yaml
from PIL import Image

from tools.faults.calls import Outcome, Running, begun, command

CLASSES = ('bus', 'car', 'van')
LIMIT = 120.0
BENCHMARK = ('benchmark', 'toy.yaml', '--out', 'run', '--workers', '1', '--keep-views')


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with images, a configuration, a run of it, and a cache.

    Args:
        root: The folder.
    """

    root: Path

    @property
    def run(self) -> Path:
        """The run folder."""
        return self.root / 'run'

    @property
    def cache(self) -> Path:
        """The cache folder."""
        return self.root / 'cache'

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables that every command is called with."""
        return {'DANN_CACHE': str(self.cache), 'OMP_NUM_THREADS': '1', 'WANDB_MODE': 'disabled'}

    def call(
        self, *arguments: str, limit: float = LIMIT, prepared: Callable[[], object] | None = None
    ) -> Outcome:
        """Run a command there, for ``limit`` seconds at most, and return what it did."""
        return self.begun(*arguments, prepared=prepared).outcome(limit)

    def begun(self, *arguments: str, prepared: Callable[[], object] | None = None, **more: str) -> Running:
        """Start a command there, with ``more`` variables set."""
        return begun(command(arguments, prepared), self.root, {**self.environment, **more})

    def copied(self, root: Path, *left_out: str) -> Place:
        """Copy all but some names to ``root``, in place of what is there."""
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(self.root, root, ignore=shutil.ignore_patterns(*left_out))
        return Place(root)


def made(root: Path) -> Place:
    """Write images and a configuration, and run the benchmark.

    Raises:
        RuntimeError: It did not run.
    """
    place = Place(root)
    for brightness, domain in ((110, 'day'), (50, 'night')):
        for number in range(45):
            _write_image(root / 'photos' / domain / CLASSES[number % 3] / f'{number}.png', number, brightness)
    (root / 'toy.yaml').write_text(yaml.safe_dump(configuration(), sort_keys=False), encoding='utf-8')
    outcome = place.call(*BENCHMARK, prepared=without_figures)
    if outcome.status:
        raise RuntimeError(f'the benchmark without a fault failed: {outcome.err}')
    return place


def _write_image(path: Path, number: int, brightness: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng([number, brightness]).normal(brightness, 25, (16, 16, 3))
    pixels[..., number % 3] += 60
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)


def configuration() -> dict[str, Any]:
    """Return what the benchmark asks for; its paths are relative, so that every copy has the same."""

    def domain(name: str) -> dict[str, Any]:
        options = {'root': 'photos', 'domain': name, 'size': 16, 'keep': 'disk'}
        return {'class_path': 'Folder', 'init_args': options}

    network = {'class_path': 'ConvNet', 'init_args': {'channels': [4, 8, 8], 'image_size': 16}}
    return {
        'title': 'Photographs',
        'seeds': 1,
        'steps': 4,
        'evaluations': 2,
        'select': 'val/infomax',
        'model': {'class_path': 'AdaptationModule', 'init_args': {'backbone': network, 'bottleneck': 8}},
        'data': {'batch_size': 8, 'source': domain('day'), 'target': domain('night')},
        'methods': {'source_only': {}, 'dann': {'alignment': 'DANN'}},
    }


def without_figures() -> None:
    """Write figures without laying them out or drawing them, which costs seconds."""
    from matplotlib.figure import Figure

    from dann.reporting import palette

    png = io.BytesIO()
    Image.new('RGB', (8, 8)).save(png, 'PNG')
    empty = {'png': png.getvalue(), 'svg': b'<svg xmlns="http://www.w3.org/2000/svg"/>', 'pdf': b'%PDF-1.4'}

    def saved(_: Figure, suffix: str, *__: object) -> bytes:
        return empty[suffix]

    mock.patch.object(palette, '_laid_out', return_value=None).start()
    mock.patch.object(palette, '_saved', saved).start()
