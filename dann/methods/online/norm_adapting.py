"""What methods share that train the norm layers of a deployed network and nothing else."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.optim import SGD, Optimizer

from dann.core.errors import check
from dann.core.online_method import OnlineMethod
from dann.networks.norms import BATCH, Kinds, affine, found_norms, normalise_by_batch


def check_rate(lr: float) -> None:
    """Raise ``CheckError`` unless a learning rate is one."""
    check(0 < lr < 1e6, f'expected `lr` above 0, got {lr:g}; leave it out for the default')


class NormAdapting(OnlineMethod):
    """Trains scale and offset of norm layers; batch norm takes the statistics of each batch.

    Args:
        lr: Learning rate.
    """

    kinds: ClassVar[Kinds] = BATCH

    def __init__(self, lr: float) -> None:
        check_rate(lr)
        self.lr = lr

    def prepare(self) -> None:
        """Choose scale and offset of the norm layers, and begin a new optimiser."""
        norms = found_norms(self.network, self.name, self.kinds)
        normalise_by_batch(norms)
        self.adapt(affine(self.chosen(norms)))
        self.optimizer = self.optimise(self.adapted)

    def chosen(self, norms: list[nn.Module]) -> list[nn.Module]:
        """Return the norm layers whose scale and offset are trained: all of them."""
        return norms

    def optimise(self, parameters: list[nn.Parameter]) -> Optimizer:
        """Return the optimiser: that of most papers, SGD with a momentum of 0.9."""
        return SGD(parameters, lr=self.lr, momentum=0.9)


class Descending(NormAdapting):
    """Takes one step a batch down a loss on the predictions that count; a subclass writes ``loss``."""

    @abstractmethod
    def loss(self, logits: Tensor) -> Tensor | None:
        """Return what the step makes small, or ``None`` where the batch has nothing to learn from.

        Args:
            logits: Of the batch, shape ``(B, C)``.
        """

    @torch.enable_grad()
    def step(self, images: Tensor) -> Tensor:
        """Predict the batch, then descend on the loss of these predictions."""
        logits: Tensor = self.network(images)
        loss = self.loss(logits)
        if loss is not None:
            self.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()
        return logits.detach()
