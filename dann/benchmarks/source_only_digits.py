"""Why publications differ about source-only on USPS to MNIST: one thing of the recipe changed at a time.

A plain loop of its own, so that nothing of the framework's modules, batches and evaluation takes part: the recipe of
`dann reproduce digits-full`, and what the papers' codes do otherwise. It needs both data sets, and prints a table. The
target's labels are read to explain published figures, and choose nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dann.core.errors import UserError
from dann.datasets.augment import Augment
from dann.datasets.published.mnist import MNIST
from dann.datasets.published.usps import USPS
from dann.reporting.markdown import pipes
from dann.reporting.notation import percent
from dann.reporting.saying import say
from dann.stats.intervals import estimate

SIDE, MARGIN = 28, 4  # pixels; MNIST's digits are 20 pixels high in a frame of 28
Optimisers = Callable[[nn.Module], torch.optim.Optimizer]


def sgd(network: nn.Module) -> torch.optim.Optimizer:
    """Return the optimiser of CDAN's code."""
    return torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)


def adam(network: nn.Module) -> torch.optim.Optimizer:
    """Return the optimiser of CyCADA's code."""
    return torch.optim.Adam(network.parameters(), lr=1e-4)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the network is trained on USPS.

    Args:
        steps: Training steps; the learning rate falls as in Ganin et al. (2016).
        batch: Images of a step.
        optimiser: Of all weights.
        dropout: Of the last 50 channels and of the layer of 500.
        batch_norm: Behind both convolutions and in front of the layer's ReLU.
        augmented: Shifts by up to 4 pixels and rotations by up to 10 degrees, black from outside.
        margin: Pixels of black around USPS's digits, which fill the whole frame otherwise.
        lowest: What black is in the network's eyes; white is 1.
    """

    steps: int = 1000
    batch: int = 64
    optimiser: Optimisers = sgd
    dropout: float = 0.0
    batch_norm: bool = False
    augmented: bool = False
    margin: int = 0
    lowest: float = -1.0


BASE = Recipe()
CHANGES: dict[str, Recipe] = {
    'the recipe of digits-full': BASE,
    'four times the steps': replace(BASE, steps=4 * BASE.steps),
    'dropout of 0.5 (CDAN, SHOT)': replace(BASE, dropout=0.5),
    'batch norm': replace(BASE, batch_norm=True),
    'Adam 0.0001, batches of 128 (CyCADA)': replace(BASE, optimiser=adam, batch=128),
    'shifts and rotations (SHOT)': replace(BASE, augmented=True),
    "a margin as MNIST's": replace(BASE, margin=MARGIN),
    'pixels in [0, 1]': replace(BASE, lowest=0.0),
    'dropout, shifts and rotations, 3,400 steps (SHOT)': replace(
        BASE, dropout=0.5, augmented=True, steps=3400
    ),
}


def lenet(recipe: Recipe) -> nn.Sequential:
    """Return a LeNet of 20 and 50 channels and a layer of 500 for images of 28 pixels."""

    def norm(layer: type[nn.Module], width: int) -> list[nn.Module]:
        return [layer(width)] if recipe.batch_norm else []

    network = nn.Sequential(
        *(nn.Conv2d(1, 20, 5), *norm(nn.BatchNorm2d, 20), nn.MaxPool2d(2), nn.ReLU()),
        *(nn.Conv2d(20, 50, 5), *norm(nn.BatchNorm2d, 50), nn.Dropout2d(recipe.dropout)),
        *(nn.MaxPool2d(2), nn.ReLU(), nn.Flatten()),
        *(nn.Linear(800, 500), *norm(nn.BatchNorm1d, 500), nn.ReLU(), nn.Dropout(recipe.dropout)),
        nn.Linear(500, 10),
    )
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # faster on CPUs
    return network


def digits(domain: MNIST | USPS, split: str, margin: int = 0) -> tuple[Tensor, Tensor]:
    """Return images of one channel and 28 pixels, uint8, with labels.

    Args:
        domain: Whose digits have 28 pixels less twice the margin.
        split: ``train``, ``val`` or ``test``.
        margin: Black pixels to put around them.
    """
    images = domain.images(split)[:][:, :1]
    return F.pad(images, [margin] * 4), domain.labels(split)


def trained(recipe: Recipe, images: Tensor, labels: Tensor, seed: int) -> nn.Module:
    """Return a network trained on digits of the source alone."""
    torch.manual_seed(seed)
    network = lenet(recipe)
    draws = torch.Generator().manual_seed(seed)
    optimiser = recipe.optimiser(network)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: float((1 + 10 * step / recipe.steps) ** -0.75)
    )
    augment = Augment(shift=4, rotate=10, border='black') if recipe.augmented else Augment()
    for index in batches(len(labels), recipe, draws):
        seen = augment(images[index], draws)
        loss = F.cross_entropy(network(scaled(seen, recipe)), labels[index])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    network.eval()
    return network


def batches(size: int, recipe: Recipe, draws: torch.Generator) -> Iterator[Tensor]:
    """Yield the indices of each step, all images in a new order each time."""
    order = torch.zeros(0, dtype=torch.long)
    for _ in range(recipe.steps):
        if len(order) < recipe.batch:
            order = torch.randperm(size, generator=draws)
        yield order[: recipe.batch]
        order = order[recipe.batch :]


def scaled(images: Tensor, recipe: Recipe) -> Tensor:
    """Return uint8 images as the network sees them."""
    return images.float() / 255 * (1 - recipe.lowest) + recipe.lowest


@torch.no_grad()
def accuracy(network: nn.Module, recipe: Recipe, images: Tensor, labels: Tensor) -> float:
    """Return the share of images that are classified as their labels say."""
    predicted = torch.cat(
        [network(scaled(chunk, recipe)).argmax(dim=1) for chunk in torch.split(images, 1000)]
    )
    return float((predicted == labels).float().mean())


def measured(recipe: Recipe, seeds: Sequence[int]) -> tuple[list[float], list[float]]:
    """Return accuracy on held-out source digits and on the target's test split, one a seed."""
    source = USPS(size=SIDE - 2 * recipe.margin)
    train, held_out = (digits(source, split, recipe.margin) for split in ('train', 'val'))
    target = digits(MNIST(), 'test')
    networks = [trained(recipe, *train, seed) for seed in seeds]
    found = [[accuracy(network, recipe, *split) for network in networks] for split in (held_out, target)]
    return found[0], found[1]


def main(argv: Sequence[str] | None = None) -> int:
    """Train every recipe under every seed and print the table; return 0."""
    parser = argparse.ArgumentParser(prog='python benchmarks/source_only_digits.py', description=__doc__)
    parser.add_argument('--seeds', type=int, default=5, metavar='N', help='seeds 0 to N-1 (default 5)')
    options = parser.parse_args(argv)
    if options.seeds < 1:
        parser.error(f'expected --seeds above 0, got {options.seeds}')
    try:
        return _run(range(options.seeds))
    except UserError as error:
        say(error)
        return 2


def _run(seeds: Sequence[int]) -> int:
    grid = [['one thing changed', 'USPS, held out', 'MNIST, test', 'difference']]
    base = 0.0
    for name, recipe in CHANGES.items():
        source, target = measured(recipe, seeds)
        base = base or fmean(target)
        change = f'{100 * (fmean(target) - base):+.1f}'
        grid.append([name, percent(estimate(source)), percent(estimate(target)), change])
        print(' | '.join(grid[-1]), file=sys.stderr, flush=True)
    print(f'Source-only, USPS to MNIST, accuracy in %, mean and 95 % interval over {len(seeds)} seeds\n')
    print(pipes(grid))
    return 0


if __name__ == '__main__':
    sys.exit(main())
