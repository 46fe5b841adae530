"""Starts a training from certain predictions, as they are late in a long run."""

from __future__ import annotations

import torch
from torch import nn

from dann.datasets.pair import DomainPair
from dann.engine.module import AdaptationModule
from dann.networks.batch_norm import frozen_statistics
from dann.networks.network import Network


@torch.no_grad()
def make_certain(module: AdaptationModule, *, pair: DomainPair, confidence: float = 0.98) -> None:
    """Scale every classifier until half of the target predictions have this probability.

    A term that counts confident predictions alone would see none in a few steps from random weights.

    Args:
        module: Changed in place, with its teachers.
        pair: Set up.
        confidence: In (0, 1).
    """
    images = pair.augment.evaluation(pair.images['target', 'train'][: pair.batch_size]).float() / 255
    with frozen_statistics(module.network):
        module.network.train()
        logits = module.network(images, domain=module.deployed).logits
    scale = 1.0
    while scale < 2**16 and float((scale * logits).softmax(dim=1).amax(dim=1).median()) < confidence:
        scale *= 1.25  # no more than needed: gradients vanish where predictions are quite certain
    networks = [part for part in module.modules() if isinstance(part, Network)]
    for layer in {id(network.head[-1]): network.head[-1] for network in networks}.values():
        assert isinstance(layer, nn.Linear)
        layer.weight.mul_(scale)
        layer.bias.mul_(scale)
