"""The half of the module that scores and predicts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor

from dann.datasets.pair import EVALUATED
from dann.meter import NonFiniteLossError
from dann.methods.alignment import Alignment
from dann.networks.batching import Domain
from dann.networks.network import Network
from dann.validators import Validator
from dann.views import View

MIXED = 0.55  # share of the image itself in a mixed one; MixVal's


class ScoredModule(pl.LightningModule):
    """Passes whole splits through the evaluated network and scores them without target labels.

    A subclass sets ``validators`` and ``alignment``, and says which network is ``evaluated`` and whose batch norm
    is ``deployed`` on target images.
    """

    validators: list[Validator]
    alignment: Alignment | None

    def __init__(self) -> None:
        super().__init__()
        self.splits: dict[str, View] = {}
        self.scores: dict[str, float] = {}
        self._chunks: dict[str, list[View]] = {}

    @property
    def evaluated(self) -> Network:
        """The network that is scored, tested and deployed."""
        raise AttributeError('a subclass says which network is evaluated')

    @property
    def deployed(self) -> Domain:
        """Whose batch norm target images pass through."""
        return 'target'

    def forward(self, images: Tensor) -> Tensor:
        """Return class probabilities ``(B, C)`` of target images ``(B, C, H, W)`` in [0, 1]."""
        view: View = self.evaluated(images, domain=self.deployed)
        return view.probabilities

    def validation_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:
        """Keep what the network sees of a chunk; only source chunks come with labels."""
        split = EVALUATED[dataloader_idx]
        images, labels = batch if split == 'source_val' else (batch, None)
        domain: Domain = 'source' if split == 'source_val' else self.deployed
        view = self.evaluated(images, labels, domain=domain)
        if split == 'target_val' and any(rule.mixes for rule in self.validators):
            view = self._mixed(images, view, batch_idx)
        self._chunks.setdefault(split, []).append(view.to('cpu', torch.float32))

    def _mixed(self, images: Tensor, view: View, batch_idx: int) -> View:
        """Add what the network says of each image mixed with another of its chunk, the same at every evaluation."""
        partners = torch.randperm(len(images), generator=torch.Generator().manual_seed(batch_idx))
        mixed = MIXED * images + (1 - MIXED) * images[partners.to(images.device)]
        logits = self.evaluated(mixed, domain=self.deployed).logits
        return replace(view, mixed_logits=logits, mixed_with=view.predictions[partners.to(images.device)])

    def on_validation_epoch_end(self) -> None:
        """Score whole splits without target labels."""
        self.splits = {split: View.concatenate(chunks) for split, chunks in self._chunks.items()}
        self._chunks = {}
        source, target = self.splits['source_val'], self.splits['target_val']
        if not (source.logits.isfinite().all() and target.logits.isfinite().all()):
            step = self.trainer.fit_loop.epoch_loop.total_batch_idx + 1
            msg = f"the network's outputs are not finite after step {step}; lower the learning rate"
            raise NonFiniteLossError(msg)
        self.scores = {f'val/{rule.name}': rule.score(source, target) for rule in self.validators}
        if self.alignment is not None:
            figures = self.alignment.diagnose(source.to(self.device), target.to(self.device))
            self.scores |= {f'diagnostic/{name}': value for name, value in figures.items()}
        self.log_dict(self.scores)

    def test_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:
        """Do as in validation."""
        self.validation_step(batch, batch_idx, dataloader_idx)

    def on_test_epoch_end(self) -> None:
        """Do as in validation."""
        self.on_validation_epoch_end()

    def predict_step(self, batch: Tensor, batch_idx: int, dataloader_idx: int = 0) -> Tensor:
        """Return class probabilities."""
        probabilities: Tensor = self(batch)
        return probabilities
