"""A run on stored features against the same run on images: extraction, time of a step, and the weights at the end.

DANN on frozen EfficientNet-Lite0 features of rendered digits at 96 pixels, 32 + 32 a step, float32, one thread. By SGD:
Adam divides a gradient by its own size, and makes a step of what is rounding.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from typing import Any

import pytorch_lightning as pl
import torch

from dann.benchmarks.throughput import Clock, furthest
from dann.datasets import DomainPair, HandwrittenDigits, RenderedDigits
from dann.engine.bank import attach
from dann.engine.callbacks import Reproducible
from dann.engine.loggers import quiet
from dann.engine.module import AdaptationModule
from dann.methods.alignment.dann import DANN
from dann.networks import EfficientNetLite

SIDE = 96


def pair(features: Any, root: str, steps: int) -> DomainPair:
    """Rendered to handwritten digits, small splits."""
    source = RenderedDigits(train=256, val=64, test=64, root=root)
    target = HandwrittenDigits(val=64, test=64, root=root)
    return DomainPair(source, target, batch_size=32, steps_per_epoch=steps, features=features)


def model() -> AdaptationModule:
    """A head with layer norm on the frozen extractor."""
    torch.manual_seed(0)
    return AdaptationModule(
        10,
        EfficientNetLite(image_size=SIDE),
        bottleneck=256,
        bottleneck_norm='layer',
        freeze='all',
        alignment=DANN(),
    )


def timed(data: DomainPair, steps: int) -> tuple[float, AdaptationModule]:
    """Return the seconds of the training loop alone, and the trained module."""
    module, clock = model(), Clock()
    data.steps_per_epoch = steps
    trainer = pl.Trainer(
        max_epochs=1,
        accelerator='cpu',
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        limit_val_batches=0,
        callbacks=[Reproducible(), clock],
    )
    trainer.fit(module, data)
    return clock.seconds, module


def extraction(data: DomainPair) -> float:
    """Return how many images a second were extracted into the empty cache."""
    data.prepare_data()
    data.setup()
    module, started = model(), time.perf_counter()
    attach(module, data)
    return sum(len(images) for images in data.images.values()) / (time.perf_counter() - started)


def main(argv: Sequence[str] | None = None) -> None:
    """Print extraction, both steps, their ratio, and the largest difference of a weight."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').partition('\n')[0])
    parser.add_argument(
        '--steps', type=int, default=10, help='steps on images, and on the bank the first time'
    )
    parser.add_argument('--longer', type=int, default=300, help='steps on the bank that are timed')
    options = parser.parse_args(argv)
    quiet()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as root:
        os.environ['DANN_CACHE'] = root  # an empty cache: the extraction is timed too
        report(options.steps, options.longer, root)


def report(steps: int, longer: int, root: str) -> None:
    """Measure and print."""
    stored, images = pair('bank', root, steps), pair('images', root, steps)
    print(f'extraction            {extraction(stored):8.0f} images/s at {SIDE} pixels', flush=True)
    slow, one = timed(images, steps)
    _, other = timed(stored, steps)
    fast, _ = timed(stored, longer)
    print(f'a step on images      {slow / steps * 1e3:8.2f} ms (mean of {steps})')
    print(f'a step on the bank    {fast / longer * 1e3:8.2f} ms (mean of {longer})')
    print(f'ratio                 {slow / steps / (fast / longer):8.1f}')
    print(f'largest difference of a weight after {steps} steps: {furthest(one, other):.1e}')


if __name__ == '__main__':
    main()
