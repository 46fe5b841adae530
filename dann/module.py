"""The LightningModule that every method trains through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import pytorch_lightning as pl
import torch
from pytorch_lightning.cli import OptimizerCallable
from torch import Tensor

from dann.datasets.loading import Batch
from dann.datasets.pair import EVALUATED
from dann.discovery import members
from dann.errors import UserError, check
from dann.meter import LossMeter, NonFiniteLossError
from dann.methods.alignment import Alignment, Losses
from dann.methods.style import Style
from dann.networks.backbone import Backbone
from dann.networks.batching import Batching, Domain
from dann.networks.network import Network
from dann.schedules import InverseDecay, Schedule
from dann.tasks import Classification
from dann.validators import Validator
from dann.views import View


class AdaptationModule(pl.LightningModule):
    """Shared feature extractor and head; a style, an alignment, or both, on top.

    Without an alignment the network is trained on source images alone: no target image enters it, nor its
    batch norm statistics.

    Args:
        num_classes: Classes of both domains; filled in from the data.
        backbone: Images to features.
        bottleneck: Width of the linear layer with ReLU after the backbone; ``null`` for none. Its output is
            what alignments see.
        bottleneck_norm: Put batch norm into the bottleneck.
        head: Hidden layers of the classifier on the bottleneck.
        alignment: Loss on the gap between the domains' features.
        style: Turns source images into the target's style before anything else.
        batching: How both domains pass through batch norm: ``joint`` as one batch, ``separate`` one after the
            other, ``domain_specific`` each with a batch norm of its own. Without batch norm all are the same.
        task: Source loss.
        optimizer: Makes the optimiser from parameter groups.
        lr_schedule: Factor on the learning rate as a function of progress.
        backbone_lr_scale: Factor on the backbone's learning rate, above 0; 0.1 is usual for pretrained ones.
        validators: Scores to compute at every evaluation; ``null`` for all there are.
    """

    def __init__(
        self,
        num_classes: int,
        backbone: Backbone,
        bottleneck: int | None = 100,
        bottleneck_norm: bool = False,
        head: Sequence[int] = (),
        alignment: Alignment | None = None,
        style: Style | None = None,
        batching: Batching = 'joint',
        task: Classification = Classification(),
        optimizer: OptimizerCallable = lambda params: torch.optim.SGD(params, lr=0.01, momentum=0.9),
        lr_schedule: Schedule = InverseDecay(),
        backbone_lr_scale: float = 1.0,
        validators: list[Validator] | None = None,
    ) -> None:
        super().__init__()
        check(num_classes > 1, f'expected `num_classes` of at least 2, got {num_classes}')
        check(batching in get_args(Batching), f'expected one of {get_args(Batching)}, got {batching!r}')
        check(backbone_lr_scale > 0, f'expected `backbone_lr_scale` above 0, got {backbone_lr_scale}')
        self.network = Network(
            backbone, bottleneck, head, num_classes, bottleneck_norm=bottleneck_norm, batching=batching
        )
        self.alignment, self.style, self.task = alignment, style, task
        if alignment is not None:
            alignment.build(self.network.feature_dim, num_classes)
        self.optimizer, self.lr_schedule, self.backbone_lr_scale = optimizer, lr_schedule, backbone_lr_scale
        if validators is None:
            validators = [kind() for kind in members(Validator, 'dann.validators').values()]
        self.validators = validators
        self.meter = LossMeter()
        self.splits: dict[str, View] = {}
        self.scores: dict[str, float] = {}
        self._chunks: dict[str, list[View]] = {}

    @property
    def progress(self) -> float:
        """Share of the planned training steps taken: 0 at the first step, almost 1 at the last."""
        # mini-batches, not global_step: the latter counts optimiser steps, of which some methods take several
        return self.trainer.fit_loop.epoch_loop.total_batch_idx / self._planned

    @property
    def _planned(self) -> int:
        return int(self.trainer.num_training_batches) * (self.trainer.max_epochs or 1)

    def losses(self, batch: Batch, progress: float) -> Losses:
        """Return the named, weighted terms of one step."""
        (images, labels), target = batch['source'], batch['target']
        if self.style is not None:
            images = self.style(images, target, self.style.strength(progress))
        if self.alignment is None:
            return {'source': self.task.loss(self.network(images, labels))}
        seen, unseen = self.network.both(images, labels, target)
        terms: Losses = self.alignment(seen, unseen, self.alignment.strength(progress))
        check('source' not in terms, "expected alignment terms not named 'source', the task's own")
        return {'source': self.task.loss(seen), **terms}

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the sum of the terms."""
        losses = self.losses(batch, self.progress)
        terms = torch.stack(list(losses.values()))
        self.meter.update(tuple(losses), terms)
        taken = self.trainer.fit_loop.epoch_loop.total_batch_idx + 1
        every: int = self.trainer.log_every_n_steps  # type: ignore[attr-defined]
        if taken % every == 0 or batch_idx + 1 == self.trainer.num_training_batches:
            means = self.meter.read(taken)
            self.log_dict(means, prog_bar=True, logger=False)
            for logger in self.loggers:  # Lightning would drop a block that ends between its logging steps
                logger.log_metrics(means, step=taken)
        return terms.sum()

    def on_fit_start(self) -> None:
        """Refuse what cannot be trained truthfully."""
        if self.trainer.world_size > 1:
            raise UserError('training on several devices is not supported; pass --trainer.devices 1')
        if not self.trainer.max_epochs or self.trainer.max_epochs < 0:
            raise UserError('schedules need a planned end; pass --trainer.max_epochs')

    def on_train_epoch_start(self) -> None:
        """Start the means of the evaluation interval."""
        self.meter.reset()

    def parameter_groups(self) -> list[dict[str, Any]]:
        """Return parameter groups, each with its ``lr_scale``."""
        backbone = list(self.network.backbone.parameters())
        known = {id(parameter) for parameter in backbone}
        rest = [parameter for parameter in self.parameters() if id(parameter) not in known]
        return [{'params': backbone, 'lr_scale': self.backbone_lr_scale}, {'params': rest, 'lr_scale': 1.0}]

    def configure_optimizers(self) -> Any:
        """Return the optimiser, its learning rates scaled per group and annealed by ``lr_schedule``."""
        optimizer = self.optimizer(self.parameter_groups())
        for group in optimizer.param_groups:
            group['lr'] *= group['lr_scale']
        self.trainer.fit_loop.setup_data()
        planned = self._planned
        scheduler = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: self.lr_schedule(step / planned)
        )
        return {'optimizer': optimizer, 'lr_scheduler': {'scheduler': scheduler, 'interval': 'step'}}

    @property
    def deployed(self) -> Domain:
        """Whose batch norm target images pass through; without an alignment only the source's is trained."""
        return 'source' if self.alignment is None else 'target'

    def forward(self, images: Tensor) -> Tensor:
        """Return class probabilities ``(B, C)`` of target images ``(B, C, H, W)`` in [0, 1]."""
        view: View = self.network(images, domain=self.deployed)
        return view.probabilities

    def validation_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:
        """Keep what the network sees of a chunk; only source chunks come with labels."""
        split = EVALUATED[dataloader_idx]
        images, labels = batch if split == 'source_val' else (batch, None)
        view = self.network(images, labels, domain='source' if split == 'source_val' else self.deployed)
        self._chunks.setdefault(split, []).append(view.to('cpu', torch.float32))

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

    def predict_step(self, batch: Tensor, batch_idx: int) -> Tensor:
        """Return class probabilities."""
        probabilities: Tensor = self(batch)
        return probabilities
