"""Images a second of the random crops that training images get, on the CPU and one thread.

The three ways are timed in turn on the same images: image by image, as batches are loaded on the CPU; all at once by
``grid_sample``, as on other devices; and, where torchvision is installed, its ``RandomResizedCrop`` and
``RandomHorizontalFlip``, which draw for one image at a time. Seconds are the process's own.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from dann.datasets.augment import Augment, resample_at_once, resample_each

Way = Callable[[Tensor], Tensor]


def ours(side: int, resample: Callable[..., Tensor]) -> Way:
    """Random parts of a batch, mirrored half of the time, by one of the two ways to resample."""
    augment = Augment(crop=side, flip=True)
    rng = torch.Generator().manual_seed(0)

    def act(images: Tensor) -> Tensor:
        parts = torch.stack(augment._parts(len(images), images.shape[2], images.shape[3], rng), dim=1)
        return resample(images, parts, torch.rand(len(images), generator=rng) < 0.5, side)

    return act


def theirs(side: int) -> Way | None:
    """The same by torchvision, image by image; ``None`` where it is not installed."""
    try:
        from torchvision import transforms  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return None
    act = transforms.Compose(
        [transforms.RandomResizedCrop(side, antialias=False), transforms.RandomHorizontalFlip()]
    )
    return lambda images: torch.stack([act(image) for image in images])


def rates(ways: dict[str, Way], images: Tensor, rounds: int) -> dict[str, list[float]]:
    """Images a second of each way in each round, after one that is not counted."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds + 1):
        for name, act in ways.items():
            started = time.process_time()
            act(images)
            found[name].append(len(images) / (time.process_time() - started))
    return {name: values[1:] for name, values in found.items()}


def main(argv: Sequence[str] | None = None) -> None:
    """Print each way's rate, and how many times faster than all at once it is."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').partition('\n')[0])
    parser.add_argument('--stored', type=int, default=256, help='height and width of the images')
    parser.add_argument('--crop', type=int, default=224, help='height and width of the result')
    parser.add_argument('--batch', type=int, default=32, help='images of a round')
    parser.add_argument('--rounds', type=int, default=9, help='rounds, after one that is not counted')
    options = parser.parse_args(argv)
    torch.set_num_threads(1)
    shape = (options.batch, 3, options.stored, options.stored)
    images = torch.randint(256, shape, generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    ways = {'at once': ours(options.crop, resample_at_once), 'each': ours(options.crop, resample_each)}
    peer = theirs(options.crop)
    found = rates(ways if peer is None else ways | {'torchvision': peer}, images, options.rounds)
    for name, values in found.items():
        ratio = statistics.median(a / b for a, b in zip(values, found['at once'], strict=True))
        print(f'{name:12} {statistics.median(values):8.0f} images/s  {ratio:5.2f} times `at once`')
    if peer is None:
        print('torchvision is not installed')


if __name__ == '__main__':
    main()
