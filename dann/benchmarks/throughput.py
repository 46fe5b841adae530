"""The training loop of ``dann`` against a bare PyTorch loop that does the same arithmetic on the same tensors.

DANN on the MNIST network of Ganin et al., 64 + 64 images of 3x28x28, data loading included. Both loops are timed
in turn, on one thread, and the ratio is taken round by round. With ``--precision bf16`` both train the network in
bfloat16 with fused Adam instead of float32 with SGD, and the bare loop in float32 is timed beside them.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.nn import functional as F

from dann.core.schedules import InverseDecay, Sigmoid
from dann.datasets import DomainDataset, DomainPair
from dann.engine.callbacks import Reproducible
from dann.engine.loggers import quiet
from dann.engine.module import AdaptationModule
from dann.methods.alignment.dann import DANN
from dann.networks import GaninMNIST, reverse_gradient

BATCH, CLASSES, COUNT = 64, 10, 4096
RATES = {False: 0.01, True: 1e-3}  # learning rates of SGD in float32 and of Adam in bfloat16


class Noise(DomainDataset):
    """Random images and labels, in memory."""

    classes = tuple('0123456789')

    def __init__(self, name: str, seed: int) -> None:
        self.name = f'noise/{name}'
        rng = torch.Generator().manual_seed(seed)
        self._images = torch.randint(256, (COUNT, 3, 28, 28), generator=rng).to(torch.uint8)
        self._labels = torch.randint(CLASSES, (COUNT,), generator=rng)

    def prepare(self) -> None:
        """Do nothing: everything is in memory."""

    def images(self, split: str) -> Tensor:
        """Return the same images for every split."""
        return self._images

    def labels(self, split: str) -> Tensor:
        """Return the same labels for every split."""
        return self._labels

    def ids(self, split: str) -> list[str]:
        """Return a name for each image."""
        return [f'{self.name}/{split}/{index}' for index in range(COUNT)]

    def manifest(self) -> dict[str, Any]:
        """Return counts."""
        return {'counts': {split: {'all': COUNT} for split in ('train', 'val', 'test')}}


def optimiser(parameters: Any, *, bf16: bool) -> torch.optim.Optimizer:
    """SGD with momentum; in bfloat16 fused Adam."""
    if bf16:
        return torch.optim.Adam(parameters, lr=RATES[bf16], fused=True)
    return torch.optim.SGD(parameters, lr=RATES[bf16], momentum=0.9)


def model(*, bf16: bool = False) -> AdaptationModule:
    """Ganin's MNIST network and critic."""
    torch.manual_seed(0)
    return AdaptationModule(
        CLASSES,
        GaninMNIST(28),
        bottleneck=None,
        head=[100, 100],
        alignment=DANN(),
        optimizer=partial(optimiser, bf16=bf16),
    )


def timed(steps: int, pair: DomainPair, *, bf16: bool = False) -> tuple[float, AdaptationModule]:
    """Return the seconds that the training loop of ``dann`` takes for ``steps``, and the trained module."""
    module, clock = model(bf16=bf16), Clock()
    pair.steps_per_epoch = steps
    trainer = pl.Trainer(
        max_epochs=1,
        accelerator='cpu',
        precision='bf16-mixed' if bf16 else '32-true',
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        limit_val_batches=0,
        callbacks=[Reproducible(), clock],
    )
    trainer.fit(module, pair)
    return clock.seconds, module


class Clock(pl.Callback):
    """Measures training alone, without Lightning's set-up."""

    def on_train_start(self, *_: Any) -> None:
        """Start."""
        self.started = time.perf_counter()

    def on_train_end(self, *_: Any) -> None:
        """Stop."""
        self.seconds = time.perf_counter() - self.started


def bare(steps: int, pair: DomainPair, *, bf16: bool = False) -> tuple[float, AdaptationModule]:
    """Return the seconds that a plain loop takes for the same steps and batches, and the module it trained."""
    module = model(bf16=bf16)
    network, alignment = module.network, module.alignment
    assert isinstance(alignment, DANN)
    images, labels, target = (
        pair.source.images('train'),
        pair.source.labels('train'),
        pair.target.images('train'),
    )
    batches: Any = pair.train_dataloader().dataset
    order = [
        (batches._index('source', COUNT, step), batches._index('target', COUNT, step))
        for step in range(steps)
    ]
    optimizer = optimiser(module.parameters(), bf16=bf16)
    ramp, decay = Sigmoid(gamma=10.0), InverseDecay()
    module.train()
    started = time.perf_counter()
    for step, (i, j) in enumerate(order):
        optimizer.param_groups[0]['lr'] = RATES[bf16] * decay(step / steps)
        x, y = images[i].float() / 255, labels[i]
        with torch.autocast('cpu', torch.bfloat16, enabled=bf16):
            both = network.bottleneck(network.backbone(torch.cat([x, target[j].float() / 255])))
            logits = network.head(both)[:BATCH]
        critic = alignment.critic(reverse_gradient(both.float(), ramp(step / steps)))
        domain = F.softplus(-critic[:BATCH]).mean() + F.softplus(critic[BATCH:]).mean()
        loss = F.cross_entropy(logits.float(), y) + 0.5 * domain
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return time.perf_counter() - started, module


def furthest(one: AdaptationModule, other: AdaptationModule) -> float:
    """Largest difference between two modules' parameters."""
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return max(float((a - b).detach().abs().max()) for a, b in pairs)


def report(steps: int, seconds: dict[str, list[float]]) -> None:
    """Print each loop's time, and the ratios round by round; ``plain`` is the bare loop in float32."""
    words = {'bare': 'bare PyTorch loop', 'whole': 'dann', 'plain': 'bare in float32'}
    rounds = len(seconds['bare'])
    for name, values in seconds.items():
        note = f' (median of {rounds} rounds)' if name == 'bare' else ''
        print(f'{words[name]:18} {statistics.median(values) / steps * 1e3:7.2f} ms/step{note}')
    for other in [name for name in ('bare', 'plain') if name in seconds]:
        ratios = [a / b for a, b in zip(seconds['whole'], seconds[other], strict=True)]
        label = 'ratio' if other == 'bare' else 'to float32'
        print(f'{label:18} {statistics.median(ratios):7.3f} (from {min(ratios):.3f} to {max(ratios):.3f})')


def main(argv: Sequence[str] | None = None) -> None:
    """Print the ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').partition('\n')[0])
    parser.add_argument('--steps', type=int, default=60, help='steps of each loop in each round')
    parser.add_argument('--rounds', type=int, default=9, help='rounds, after one that is not counted')
    parser.add_argument(
        '--precision',
        choices=('32', 'bf16'),
        default='32',
        help='float32 and SGD, or bfloat16 and fused Adam; %(default)s by default',
    )
    options = parser.parse_args(argv)
    quiet()
    torch.set_num_threads(1)
    pair = DomainPair(Noise('source', 0), Noise('target', 1), batch_size=BATCH)
    pair.prepare_data()
    pair.setup()
    bf16 = options.precision == 'bf16'
    ways = {'bare': partial(bare, bf16=bf16), 'whole': partial(timed, bf16=bf16)} | (
        {'plain': bare} if bf16 else {}
    )
    rounds: list[dict[str, tuple[float, AdaptationModule]]] = [
        {name: way(options.steps, pair) for name, way in ways.items()} for _ in range(options.rounds + 1)
    ][1:]
    report(options.steps, {name: [entry[name][0] for entry in rounds] for name in ways})
    gap = furthest(rounds[0]['whole'][1], rounds[0]['bare'][1])
    print(f'largest difference of a weight after {options.steps} steps: {gap:.1e}')


if __name__ == '__main__':
    main()
