"""Short fits on the toy pair."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from toy import Toy

from dann.core.registry import registered
from dann.datasets import Arrays, DomainDataset, DomainPair
from dann.engine.callbacks import Reproducible
from dann.engine.loggers import quiet
from dann.engine.module import AdaptationModule
from dann.methods.alignment import Alignment
from dann.methods.alignment.together import Together
from dann.methods.style import Style
from dann.networks import MLP, ConvNet
from dann.validators.infomax import InfoMax

ALIGNMENTS = registered(Alignment, 'dann.methods.alignment')
STYLES = registered(Style, 'dann.methods.style')
TRAINING = registered(AdaptationModule, 'dann.methods.training')
METHODS = [*ALIGNMENTS, *STYLES, *TRAINING]

KINDS: dict[str, Any] = ALIGNMENTS | STYLES | TRAINING
# by the constructor's own options; Together hands them to its members
WEIGHTED = [
    name
    for name in METHODS
    if name == 'Together' or 'weight' in inspect.signature(KINDS[name].__init__).parameters
]
STAGED = [name for name in TRAINING if 'source_share' in inspect.signature(KINDS[name].__init__).parameters]

SEVERAL = [name for name, kind in TRAINING.items() if kind.fewest_sources > 1]  # that cannot train on one

Method = Alignment | Style | partial[AdaptationModule]


def make(name: str, **options: Any) -> Method:
    """A method by its class name: an alignment, a style, or a training class that waits for its network."""
    if name == 'Together':
        return Together([ALIGNMENTS['DANN'](**options), ALIGNMENTS['CORAL'](**options)])
    if name in TRAINING:
        # a network of this size is never as confident after twenty steps as the papers ask for
        keen = (
            {'threshold': 0.35} if 'threshold' in inspect.signature(KINDS[name].__init__).parameters else {}
        )
        return partial(TRAINING[name], **keen | options)
    return (ALIGNMENTS | STYLES)[name](**options)


def module(method: Method | None = None, *, seed: int = 0, **options: Any) -> AdaptationModule:
    """A small network with ``method`` on it, initialised from ``seed``.

    One cheap validator scores it; ``validators=None`` asks for all there are, which take longer than the training.
    """
    torch.manual_seed(seed)
    kind: Any = AdaptationModule
    if isinstance(method, partial):
        kind = method
        options = {'normed': getattr(method.func, 'needs_batch_norm', False)} | options
        if getattr(method.func, 'fewest_sources', 1) > 1:
            options = {'num_sources': method.keywords.get('num_sources', 3)} | options
    backbone = ConvNet(8, (8,), (3,), (2,), batch_norm=options.pop('normed', False))
    if isinstance(method, Alignment):
        options['alignment'] = method
    if isinstance(method, Style):
        options['style'] = method
    options = {'bottleneck': 6, 'validators': [InfoMax()]} | options
    made: AdaptationModule = kind(backbone=backbone, **{'num_classes': 3} | options)
    return made


def pair(
    source: DomainDataset | None = None, target: DomainDataset | None = None, **options: Any
) -> DomainPair:
    """The toy pair."""
    defaults = {'batch_size': 8, 'steps_per_epoch': 5, 'seed': 0} | options
    return DomainPair(source or Toy('a'), target or Toy('b'), **defaults)


def fit(
    model: AdaptationModule,
    data: DomainPair | None = None,
    *,
    epochs: int = 2,
    callbacks: Sequence[pl.Callback] = (),
    trainer: dict[str, Any] | None = None,
    widened: bool = True,
    **options: Any,
) -> pl.Trainer:
    """Train ``model`` and return the trainer; ``widened`` gives sources to a method that cannot train on one."""
    quiet()
    data = data or pair()
    if widened and data.num_sources < model.fewest_sources:
        data = on_three(data)
    made = pl.Trainer(
        max_epochs=epochs,
        accelerator='cpu',
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[Reproducible(), *callbacks],
        **{'logger': False, 'num_sanity_val_steps': 0} | (trainer or {}),
    )
    made.fit(model, data, **options)
    return made


def on_three(data: DomainPair) -> DomainPair:
    """The same pair with two more sources, for a method that cannot train on one."""
    kept = ('steps_per_epoch', 'seed', 'augment', 'shots', 'features', 'setting')
    options = {name: getattr(data, name) for name in kept} | {'unseen': [*data.unseen]}
    more = [Toy(name, groups=data.source.group_names) for name in 'de']
    return pair([data.source, *more], data.target, batch_size=9, **options)  # type: ignore[arg-type]


def of_vectors(folder: Path) -> Path:
    """Train on vectors of three numbers and two classes, and return the checkpoint, which is in ``folder``."""
    draw = np.random.default_rng(0)
    arrays: dict[str, Any] = {
        'x': draw.normal(size=(60, 3)),
        'y': np.arange(60) % 2,
        'domain': np.repeat(['a', 'b'], 30),
    }
    np.savez(folder / 'v.npz', **arrays)
    source, target = (Arrays(str(folder / 'v.npz'), each) for each in 'ab')
    model = AdaptationModule(2, MLP(), validators=[], image_shape=(3,))
    fit(model, pair(source, target)).save_checkpoint(folder / 'v.ckpt')
    return folder / 'v.ckpt'


def same_weights(one: AdaptationModule, other: AdaptationModule) -> bool:
    """Whether all parameters and buffers are equal to the last bit."""
    left, right = one.state_dict(), other.state_dict()
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


def outputs(model: AdaptationModule) -> torch.Tensor:
    """What the evaluated network says to twelve images."""
    images = torch.rand(12, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        probabilities: torch.Tensor = model.eval()(images)
    return probabilities


def same_network(one: AdaptationModule, other: AdaptationModule) -> bool:
    """Whether the shared networks are equal to the last bit."""
    left, right = one.network.state_dict(), other.network.state_dict()
    return all(torch.equal(left[name], right[name]) for name in left)


def weights(*parts: torch.nn.Module) -> list[torch.Tensor]:
    """Copies of all parameters of the parts."""
    return [parameter.detach().clone() for part in parts for parameter in part.parameters()]


def moved(before: list[torch.Tensor], after: list[torch.Tensor]) -> bool:
    """Whether any tensor changed."""
    return any(not torch.equal(one, other) for one, other in zip(before, after, strict=True))
