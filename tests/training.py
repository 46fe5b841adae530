"""Short fits on the toy pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytorch_lightning as pl
import torch
from toy import Toy

from dann.datasets import DomainDataset, DomainPair
from dann.discovery import members
from dann.experiment import Reproducible, quiet
from dann.methods.alignment import Alignment
from dann.methods.alignment.together import Together
from dann.methods.style import Style
from dann.module import AdaptationModule
from dann.networks import ConvNet

ALIGNMENTS = members(Alignment, 'dann.methods.alignment')
STYLES = members(Style, 'dann.methods.style')
METHODS = [*ALIGNMENTS, *STYLES]


def make(name: str, **options: Any) -> Alignment | Style:
    """A method by its class name."""
    if name == 'Together':
        return Together([ALIGNMENTS['DANN'](**options), ALIGNMENTS['CORAL'](**options)])
    return (ALIGNMENTS | STYLES)[name](**options)


def module(method: Alignment | Style | None = None, *, seed: int = 0, **options: Any) -> AdaptationModule:
    """A small network with ``method`` on it, initialised from ``seed``."""
    torch.manual_seed(seed)
    backbone = ConvNet(8, (8,), (3,), (2,), batch_norm=options.pop('batch_norm', False))
    if isinstance(method, Alignment):
        options['alignment'] = method
    if isinstance(method, Style):
        options['style'] = method
    return AdaptationModule(3, backbone, bottleneck=6, **options)


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
    **options: Any,
) -> pl.Trainer:
    """Train ``model`` and return the trainer."""
    quiet()
    data = data or pair()
    trainer = pl.Trainer(
        max_epochs=epochs,
        accelerator='cpu',
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        callbacks=[Reproducible(), *callbacks],
    )
    trainer.fit(model, data, **options)
    return trainer


def same_weights(one: AdaptationModule, other: AdaptationModule) -> bool:
    """Whether all parameters and buffers are equal to the last bit."""
    ours, theirs = one.state_dict(), other.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


def same_network(one: AdaptationModule, other: AdaptationModule) -> bool:
    """Whether the shared networks are equal to the last bit."""
    ours, theirs = one.network.state_dict(), other.network.state_dict()
    return all(torch.equal(ours[name], theirs[name]) for name in ours)
