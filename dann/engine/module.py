"""The LightningModule that every method trains through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, Self, cast, get_args

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import BaseFinetuning
from pytorch_lightning.cli import OptimizerCallable
from pytorch_lightning.trainer.states import TrainerFn
from torch import Tensor
from torch.optim import Optimizer

from dann.core.alignment import Alignment
from dann.core.batch_norm import BatchNormPolicy
from dann.core.errors import UserError, check
from dann.core.fairness import Fairness
from dann.core.frozen import freeze_tables, frozen
from dann.core.groups import ungrouped
from dann.core.per_source import PerSource
from dann.core.pretraining import Pretraining
from dann.core.remembered import Remembered
from dann.core.schedules import InverseDecay, Schedule
from dann.core.search_space import Search
from dann.core.style import Style
from dann.core.validator import Validator
from dann.core.views import Losses, View, merge
from dann.datasets.loading import Batch
from dann.datasets.pair import DomainPair
from dann.datasets.pair_checks import needs_sources
from dann.engine.annealing import Annealing
from dann.engine.bank import attach
from dann.engine.card import card_of
from dann.engine.chosen_validators import Added, Dear, chosen, due
from dann.engine.meter import LossMeter, NonFiniteLossError
from dann.engine.momentum import hint_at_momentum
from dann.engine.monitors import check_monitors
from dann.engine.passes import needed, run_passes
from dann.engine.pretraining import Pretrained, check_pretraining, pretrain
from dann.engine.stages import forget
from dann.engine.trainer_options import check_scale, check_trainer
from dann.networks.average import MovingAverage
from dann.networks.backbone import Backbone, in_words, validate_axes
from dann.networks.batch_norm import Domain
from dann.networks.checks import check_features, check_kind
from dann.networks.freezing import Freeze, freeze_first, frozen_blocks, parts, rate_scales, still_frozen
from dann.networks.heads import Activation, Norm
from dann.networks.network import Network, activation_of, norm_of
from dann.networks.scaling import Scaling, StandardisedBy
from dann.networks.standardised import Standardised
from dann.tasks import Classification

HIGHEST_RATE = 1e6  # far above any that trains


class AdaptationModule(Remembered, pl.LightningModule):
    """Shared feature extractor and head; a style, an alignment, or both, on top.

    With neither an alignment nor a style of features the network is trained on source images alone: no target
    image enters it, nor its batch norm statistics. A method that needs more than these two parts is a subclass:
    it adds ``terms`` to the step, or replaces ``losses``, or ``training_step`` where it has several optimisers.
    ``search``, ``rows``, ``recommended`` and ``batch_norm_policy`` are as in an alignment, whose policy counts where
    the class has none.

    Args:
        num_classes: Classes of both domains; filled in from the data.
        backbone: Images to features.
        bottleneck: Width of the linear layer after the backbone, with ReLU unless ``bottleneck_activation`` says
            otherwise; ``null`` for no such layer. Its output is what alignments see.
        standardised_by: Whether each feature of a frozen backbone is brought to mean 0 and deviation 1 before the
            bottleneck, over the training samples of the ``source`` or of ``both`` domains; ``none`` for as it is. With
            ``both`` every row, source-only too, has seen the target's unlabelled features in these two figures.
        bottleneck_norm: Norm between the bottleneck's linear layer and its ReLU: ``none``, ``batch`` or ``layer``;
            ``true`` and ``false`` stand for ``batch`` and ``none``. ``null`` stands for what the alignment's paper
            cannot do without, which is ``batch`` for ``AFN`` and ``none`` for all others, and for none without a
            bottleneck.
        bottleneck_activation: ``relu`` behind that norm, ``tanh``, or ``none``, as the authors of SHOT and NRC have it.
            ``null`` stands for the alignment's, which is ``tanh`` for ``HoMM`` and ``relu`` for all others.
        bottleneck_dropout: Share of the bottleneck's outputs that is set to 0 in training, behind its ReLU.
        head: Hidden layers of the classifier on the bottleneck.
        head_dropout: Share of the outputs of every hidden layer of the classifier that is set to 0 in training.
        alignment: Loss on the gap between the domains' features.
        per_source: With several sources, whether each is aligned with the target by a copy of the alignment, whose
            terms are averaged, instead of all of them as one domain.
        style: Turns source images into the target's style before anything else.
        batch_norm: How both domains pass through batch norm: ``joint`` as one batch, ``separate`` one after the
            other, ``domain_specific`` each with a batch norm of its own; ``null`` for as the method's authors do it,
            its ``batch_norm_policy``. Without batch norm all are the same.
        task: Source loss.
        optimizer: Makes the optimiser from parameter groups.
        lr_schedule: Factor on the learning rate as a function of progress.
        backbone_lr_scale: Factor on the backbone's learning rate; 0.1 is usual for pretrained ones, 0 freezes it.
        freeze: What of the backbone is not trained, its batch norm in evaluation mode: ``none``, ``all``, or a number
            of blocks from the first. With ``all`` a run can read stored features instead of images.
        unfrozen_by: Progress from which on all is trained: what is frozen is unfrozen block by block from the last,
            at equal distances. 0 for never.
        layer_decay: Factor on the learning rate from each block of the backbone to the one before it, above 0.
        average: Decay of an exponential moving average of the weights over training steps, in [0, 1): it is what is
            scored, tested and deployed, see ``MovingAverage``. 0 for the weights as they are.
        fairness: What takes the place of the mean source loss so that rare classes or groups of the source count:
            ``ClassWeights``, ``GroupWeights``, ``GroupDRO``, ``EqualisedOdds``, or one of your own. Labelled target
            images of the few-label setting count as they are.
        pretraining: A first stage that trains the backbone on unlabelled training images of both domains before
            anything else: ``SimCLR``, ``Rotation``, ``MaskedAutoencoder``, or one of your own. Its weights are kept in
            the cache, for every run that asks for the same.
        validators: Scores to compute at every evaluation. ``null`` stands for the default ones, which are all but those
            that cost too much. A list names those to compute; a plus in front of a name adds to the default ones
            instead: ``[+my_score.MyScore]`` in YAML and on the command line (``--model.validators+=+my_score.MyScore``
            does the same), ``[Added(MyScore())]`` or ``['+my_score.MyScore']`` in Python. An added one takes the place
            of a default one of the same ``name``.
        dear_validators: When to compute the validators whose ``cost`` is ``dear``: at the ``last`` evaluation of a run,
            ``always``, which is at every one, or ``never``. One that a callback monitors is computed at every one, and
            ``dann benchmark`` does so where it selects by one.
        image_shape: Channels, height and width of the images, or the shape of a feature vector or of a series;
            filled in from the data.
        num_sources: How many domains the source is put together from; filled in from the data.
    """

    family: ClassVar[str] = 'reference'
    search: ClassVar[Search] = frozen({})
    rows: ClassVar[Mapping[str, Mapping[str, Any]]] = frozen({})
    recommended: ClassVar[Mapping[str, Any]] = frozen({})
    batch_norm_policy: ClassVar[BatchNormPolicy | None] = None
    images_only: ClassVar[bool] = False  # whether it changes images, and so has no use for features or series
    sees_target: ClassVar[bool] = (
        False  # whether target images pass through the network without an alignment too
    )
    needs_images: ClassVar[bool] = (
        False  # whether a step changes images, which stored features cannot stand for
    )
    many_sources: ClassVar[bool] = False  # whether it is a method for several sources
    fewest_sources: ClassVar[int] = 1  # without which a step has no meaning
    own_gradients: ClassVar[bool] = (
        False  # whether a step takes gradients of its own, which 16-mixed does not scale
    )
    sets_aside: ClassVar[str] = ''  # the option that says how many sources a step sets aside, if there is one
    generalises: ClassVar[bool] = (
        False  # whether it trains without a look at the target, though it has its own step
    )
    online: ClassVar[bool] = (
        False  # whether target images come once each, in the pool's order, after the source's
    )
    source_share: float = 1.0  # of the run in which source images are delivered

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        freeze_tables(cls)

    def __init__(
        self,
        num_classes: int,
        backbone: Backbone,
        bottleneck: int | None = 100,
        standardised_by: StandardisedBy = 'none',
        bottleneck_norm: Norm | bool | None = None,
        bottleneck_activation: Activation | None = None,
        bottleneck_dropout: float = 0.0,
        head: Sequence[int] = (),
        head_dropout: float = 0.0,
        alignment: Alignment | None = None,
        per_source: bool = False,
        style: Style | None = None,
        batch_norm: BatchNormPolicy | None = None,
        task: Classification = Classification(),
        optimizer: OptimizerCallable = lambda params: torch.optim.SGD(params, lr=0.01, momentum=0.9),
        lr_schedule: Schedule = InverseDecay(),
        backbone_lr_scale: float = 1.0,
        freeze: Freeze = 'none',
        unfrozen_by: float = 0.0,
        layer_decay: float = 1.0,
        average: float = 0.0,
        fairness: Fairness | None = None,
        pretraining: Pretraining | None = None,
        validators: Sequence[Validator | Added] | None = None,
        dear_validators: Dear = 'last',
        image_shape: tuple[int, ...] | None = None,
        num_sources: int = 1,
    ) -> None:
        super().__init__()
        _check_options(num_classes, batch_norm, dear_validators)
        self.num_sources = num_sources
        if per_source and alignment is not None and num_sources > 1:
            alignment = PerSource(alignment, num_sources)
        check_kind(backbone)
        if image_shape is not None:
            self._build_backbone(backbone, image_shape, style)
            check_pretraining(pretraining, backbone, image_shape)
        self.network = Network(
            backbone,
            bottleneck,
            head,
            num_classes,
            standardised_by=standardised_by,
            bottleneck_norm=_norm(bottleneck_norm, bottleneck, alignment),
            bottleneck_activation=_activation(bottleneck_activation, bottleneck, alignment),
            bottleneck_dropout=bottleneck_dropout,
            head_dropout=head_dropout,
            batch_norm=batch_norm or self._authors_policy(alignment, style),
        )
        _check_rates(backbone_lr_scale, unfrozen_by, layer_decay)
        self.unfrozen_by, self.layer_decay, self.backbone_lr_scale = (
            unfrozen_by,
            layer_decay,
            backbone_lr_scale,
        )
        self._freeze(freeze if backbone_lr_scale else 'all')
        self.standardised_by = standardised_by
        self._check_standardised()
        self._check_average(average)
        self.average_decay = average
        self.averaged: MovingAverage[Network] | None = None
        self.restored_as: Domain | None = None  # where a file says it, and not the parts it was made of
        self.alignment, self.style, self.task, self.fairness = alignment, style, task, fairness
        self.pretraining, self.began = pretraining, 'anew'  # or from a 'checkpoint'
        self.pretrained: Pretrained | None = None
        self._build_methods(num_classes)
        self.optimizer, self.lr_schedule = optimizer, lr_schedule
        self.validators, self.dear_validators = chosen(validators), dear_validators
        self.splits: dict[str, View] = {}
        self.scores: dict[str, float] = {}
        self._batches: dict[str, list[View]] = {}
        self.meter = LossMeter()

    def _authors_policy(self, alignment: Alignment | None, style: Style | None) -> BatchNormPolicy:
        if style is not None and style.on_features:  # which mixes both domains in one batch
            return 'joint'
        of_alignment: BatchNormPolicy = 'joint' if alignment is None else alignment.batch_norm_policy
        return self.batch_norm_policy or of_alignment

    def _build_backbone(self, backbone: Backbone, shape: tuple[int, ...], style: Style | None) -> None:
        _check_samples(shape, style if style is not None else self if self.images_only else None)
        validate_axes(backbone, shape)
        backbone.build(shape)
        check_features(backbone, shape)

    def _freeze(self, freeze: Freeze) -> None:
        self.frozen_blocks = frozen_blocks(self.backbone, freeze)
        freeze_first(self.backbone, self.frozen_blocks)

    def _build_methods(self, num_classes: int) -> None:
        if self.alignment is not None:
            self.alignment.num_sources = self.num_sources
            self.alignment.build(self.network.feature_dim, num_classes)
        if self.style is not None:
            self.style.build(num_classes)
            self.style.attach(self.network.backbone)
        if self.fairness is not None:
            self.fairness.build(num_classes)

    @property
    def _backbone_stays(self) -> bool:
        """Whether no step of the run changes the backbone."""
        return self.frozen_blocks >= len(parts(self.backbone)) and not self.unfrozen_by

    def _check_standardised(self) -> None:
        check(
            self.standardised_by == 'none' or self._backbone_stays,
            'expected features that training does not change for `standardised_by`; set `freeze: all` without '
            '`unfrozen_by`, or `standardised_by: none`',
        )

    def _check_average(self, decay: float) -> None:
        check(0 <= decay < 1, f'expected `average` in [0, 1), got {decay}')
        check(
            not decay or type(self).evaluated is AdaptationModule.evaluated,
            f'{type(self).__name__} averages its weights itself; leave `average` at 0',
        )

    def configure_model(self) -> None:
        """Begin the average of the weights, once all parts of the network are in place."""
        if self.average_decay and self.averaged is None:
            shared = [self.backbone] if self._backbone_stays else []
            self.averaged = MovingAverage(self.current, self.average_decay, shared).to(self.device)

    @property
    def progress(self) -> float:
        """Share of the planned training steps taken: 0 at the first step, almost 1 at the last."""
        return self.taken / self._planned

    @property
    def taken(self) -> int:
        """Training steps that came before the present one."""
        # mini-batches, not global_step: the latter counts optimiser steps, of which some methods take several
        return int(self.trainer.fit_loop.epoch_loop.total_batch_idx)

    @property
    def _planned(self) -> int:
        return int(self.trainer.num_training_batches) * (self.trainer.max_epochs or 1)

    def source_steps(self, planned: int) -> int:
        """Return in how many of the planned steps, counted from the first, source images are delivered."""
        return round(self.source_share * planned)

    def stage_begins(self, planned: int) -> int:
        """Return the step at which the second stage begins, of a run of one stage ``planned``.

        There the optimiser is as good as new, and the learning rate schedule starts again.
        """
        return self.source_steps(planned)

    @classmethod
    def sources_for(cls, options: Mapping[str, Any]) -> int:
        """Return how many sources a model of these options needs: one more at least than a step sets aside."""
        aside = options.get(cls.sets_aside, 0)
        return max(cls.fewest_sources, aside + 1 if isinstance(aside, int) else 0)

    @property
    def backbone(self) -> Backbone:
        """The feature extractor, where Lightning's ``BackboneFinetuning`` looks for it."""
        return self.network.backbone

    @property
    def pair(self) -> DomainPair:
        """The data of the run."""
        pair = self.trainer.datamodule  # type: ignore[attr-defined]
        if not isinstance(pair, DomainPair):
            given = 'data loaders' if pair is None else f'a {type(pair).__name__}'
            raise UserError(
                f'expected a DomainPair, got {given}; pass datamodule=dann.DomainPair(source, target), which serves '
                'the batches of both domains'
            )
        return pair

    def pool(self) -> Iterator[Tensor]:
        """Yield all target training images, without augmentation, in the order of a batch's ``target_index``."""
        like = next(self.network.parameters())
        return (images.to(like) for images in self.pair.pool())

    def losses(self, batch: Batch, progress: float) -> Losses:
        """Return the named, weighted terms of one step."""
        (images, labels), target = batch['source'], batch['target']
        source, unseen, losses = self.styled_views(images, labels, target, progress)
        source = replace(source, domains=batch.get('source_domain'))
        merge(losses, self.task_terms(source, unseen, batch))
        if self.alignment is not None and unseen is not None:
            merge(losses, self.alignment(source, unseen, self.alignment.strength(progress)))
        if 'shots' in batch:
            shots, shot_labels = batch['shots']
            merge(losses, {'shots': self.task.loss(self.network(shots, shot_labels, domain=self.deployed))})
        merge(losses, self.terms(batch, source, unseen, progress))
        return losses

    def task_terms(self, source: View, target: View | None, batch: Batch) -> Losses:
        """Return the task loss on the source; a subclass may weigh the parts of several sources."""
        return {'source': self.source_loss(source, batch)}

    def source_loss(self, source: View, batch: Batch) -> Tensor:
        """Return the loss of the labelled source samples of a batch, weighted where ``fairness`` says so."""
        if self.fairness is None:
            return self.task.loss(source)
        loss: Tensor = self.fairness(self.task.losses(source), source, batch.get('source_groups'))
        return loss

    def styled_views(
        self, images: Tensor, labels: Tensor, target: Tensor, progress: float
    ) -> tuple[View, View | None, Losses]:
        """Style the source and pass it through the network, with the target where the method looks at it."""
        style, losses, both = self.style, Losses(), self.sees_target or self.alignment is not None
        if style is None or self.backbone.stored is not None:  # stored features were styled before
            return *self._views(images, labels, target, both=both), losses
        losses = style.losses(images, labels, target, progress)
        strength = style.strength(progress)
        if style.on_features:
            with style.mixing(strength, len(images)):
                return *self._views(images, labels, target, both=True), losses
        return *self._views(style(images, target, strength), labels, target, both=both), losses

    def _views(
        self, images: Tensor, labels: Tensor, target: Tensor, *, both: bool
    ) -> tuple[View, View | None]:
        return self.network.both(images, labels, target) if both else (self.network(images, labels), None)

    def terms(self, batch: Batch, source: View, target: View | None, progress: float) -> Losses:
        """Return the terms that a subclass adds; ``target`` is ``None`` unless it ``sees_target``."""
        return {}

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor | None:
        """Return the sum of the terms."""
        return self.record(self.losses(batch, self.progress), batch_idx)

    def record(self, losses: Losses, batch_idx: int) -> Tensor:
        """Hand the terms of one step to loggers and records.

        Args:
            losses: The terms.
            batch_idx: Number of the batch in its epoch.

        Returns:
            Their sum, which is what the optimiser makes small.
        """
        terms = torch.stack(list(losses.values()))
        self.meter.update(tuple(losses), terms)
        taken = self.trainer.fit_loop.epoch_loop.total_batch_idx + 1
        every: int = self.trainer.log_every_n_steps  # type: ignore[attr-defined]
        if taken % every == 0 or batch_idx + 1 == self.trainer.num_training_batches:
            means = self.meter.read(taken)
            self.log_dict(means, prog_bar=True, logger=False)
            self._hand_on(means, taken)
        return terms.sum()

    def _hand_on(self, figures: dict[str, float], taken: int) -> None:
        # Lightning would drop a block that ends between its logging steps, and set scores one step too early
        for logger in self.loggers:
            logger.log_metrics(figures, step=taken)

    def setup(self, stage: str) -> None:
        """Refuse a trainer with another plan; read stored features instead of images where the data asks for them."""
        check_trainer(self.trainer, stage)
        if stage == 'fit':
            if self.own_gradients:
                check_scale(self.trainer, type(self).__name__)
            self._check_sources()
        attach(self, self.pair, self.trainer.strategy.root_device)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Remember that the weights are those of a run that has its first stage behind it."""
        self.began = 'checkpoint'

    def _pretrain(self) -> None:
        continued = self.began == 'checkpoint' or self.restored_as is not None
        if self.pretraining is not None and self.pretrained is None and not continued:
            pretrain(self, self.pair)

    def on_fit_start(self) -> None:
        """Raise ``UserError`` for a style or a callback that cannot act as asked; pre-train; standardise features."""
        if self.style and self.style.weight > 0 and not self.style.strength(self._source_ends() - 1e-6):
            raise UserError('the style begins after the last source image; give it an earlier `schedule`')
        if self._finetuned and self.frozen_blocks:
            raise UserError(
                'a finetuning callback of Lightning cannot unfreeze what `freeze` freezes; set `freeze: none`'
            )
        check_monitors(self.trainer, self)
        self._pretrain()
        self.standardise(self.pair)
        self._learn_fairness(self.pair)

    def _check_sources(self) -> None:
        name, count = type(self).__name__, self.pair.num_sources
        if count < self.fewest_sources:
            raise UserError(needs_sources(name, self.pair.source.name))
        if self.many_sources and count != self.num_sources:
            raise UserError(
                f'{name} was made for {self.num_sources} sources, and {self.pair.source.name} is {count}; '
                f'pass num_sources={count}'
            )

    def _learn_fairness(self, pair: DomainPair) -> None:
        if self.fairness is None:
            return
        groups = pair.groups.get('train')
        if self.fairness.needs_groups and groups is None:
            raise UserError(
                f'{type(self.fairness).__name__} needs groups: {ungrouped(pair.source.name)}, or leave it out'
            )
        self.fairness.learn(pair.labels['train'], groups)

    def _source_ends(self) -> float:
        planned = self.pair.steps_per_epoch * (self.trainer.max_epochs or 1)
        return self.source_steps(planned) / planned

    @property
    def _finetuned(self) -> bool:
        callbacks: list[pl.Callback] = self.trainer.callbacks  # type: ignore[attr-defined]
        return any(isinstance(each, BaseFinetuning) for each in callbacks)

    def standardise(self, pair: DomainPair) -> None:
        """Learn mean and deviation, where the network standardises and has not learned them yet."""
        domains = ('source', 'target') if self.standardised_by == 'both' else ('source',)
        every = [*self.modules()]  # averages and copies of the network too
        for backbone in (each for each in every if isinstance(each, Standardised)):
            backbone.learn(pair.training_chunks('source'))
        # on what the backbones now return
        for network in (each for each in every if isinstance(each, Network)):
            if isinstance(network.scaling, Scaling):
                samples = chain.from_iterable(map(pair.training_chunks, domains))
                network.scaling.learn(network.backbone(chunk.to(self.device)) for chunk in samples)

    def on_train_start(self) -> None:
        """Train on what a finetuning callback of Lightning had unfrozen before the run was interrupted."""
        if self._finetuned:
            for optimizer in self.trainer.optimizers:
                for group in optimizer.param_groups:
                    for parameter in group['params']:
                        parameter.requires_grad_(True)

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        """Unfreeze the blocks whose turn has come, and make the optimisers forget the first stage in the second."""
        if self.unfrozen_by:
            count = still_frozen(self.frozen_blocks, self.progress, self.unfrozen_by)
            if count != len(self.backbone.frozen):
                freeze_first(self.backbone, count)
        if self.taken == self.stage_begins(self._planned):
            for optimizer in self.trainer.optimizers:
                forget(optimizer, self.optimizer)
        self.prepare_step(batch)

    def prepare_step(self, batch: Any) -> None:
        """Do what a subclass does before a step: it may look at the whole pool. Progress is its only clock."""

    def on_train_epoch_start(self) -> None:
        """Begin new means of the loss terms."""
        self.meter.reset()

    def parameter_groups(self) -> list[dict[str, Any]]:
        """Return the trained parameters in groups, each with the factor ``lr_scale`` on its learning rate."""
        scales = rate_scales(self.backbone, self.backbone_lr_scale, self.layer_decay)
        if self.style is not None:
            scales |= {id(parameter): scale for parameter, scale in self.style.scaled()}
        groups: dict[float, list[Tensor]] = {self.backbone_lr_scale: [], 1.0: []}
        for parameter in self.trained():
            groups.setdefault(scales.get(id(parameter), 1.0), []).append(parameter)
        return [{'params': group, 'lr_scale': scale} for scale, group in groups.items() if group]

    def trained(self) -> list[Tensor]:
        """Return the parameters that some step of the run trains, those that are unfrozen on the way included."""
        later = {
            id(each) for block in self.backbone.frozen for each in block.parameters() if self.unfrozen_by
        }
        return [each for each in self.parameters() if each.requires_grad or id(each) in later]

    def configure_optimizers(self) -> Any:
        """Return the optimiser, its learning rates scaled per group and annealed by ``lr_schedule``."""
        return self.annealed(self.parameter_groups())

    def annealed(self, groups: list[dict[str, Any]]) -> dict[str, Any]:
        """Return an optimiser of parameter groups with its learning rate schedule, as Lightning takes them."""
        optimizer = self._started(groups)
        hint_at_momentum(self, optimizer)
        self.trainer.fit_loop.setup_data()
        if self.trainer.num_training_batches != self.pair.steps_per_epoch:
            raise UserError(
                'stages and schedules need whole intervals; set --data.steps_per_epoch, not a limit'
            )
        planned = self._planned
        scheduler = Annealing(optimizer, self.lr_schedule, planned, self.stage_begins(planned))
        return {'optimizer': optimizer, 'lr_scheduler': {'scheduler': scheduler, 'interval': 'step'}}

    def _started(self, groups: list[dict[str, Any]]) -> Optimizer:
        """Return a new optimiser with the learning rates of its groups."""
        try:
            optimizer = self.optimizer(groups)
        except ValueError as error:
            raise UserError(
                f'the optimiser takes no such options ({error}); see --model.optimizer'
            ) from error
        for group in optimizer.param_groups:
            group['lr'] *= group['lr_scale']
            if not group['lr'] <= HIGHEST_RATE:
                raise UserError(f'no learning rate of {group["lr"]:g} trains; lower --model.optimizer.lr')
        return optimizer

    def descend(self, losses: Losses, *optimizers: Any) -> None:
        """Take one step of each of ``optimizers`` down the sum of ``losses``; for manual optimisation.

        Gradients are cleared before and after, so that those of one step do not reach the next.
        """
        self.zero_grad(set_to_none=True)
        self.manual_backward(torch.stack(list(losses.values())).sum())
        for optimizer in optimizers:
            optimizer.step()
        self.zero_grad(set_to_none=True)
        torch.clear_autocast_cache()  # of weights cast before this step

    def step_schedules(self) -> None:
        """Move learning rates and the average of the weights on by one training step; for manual optimisation."""
        schedulers: Any = self.lr_schedulers()
        for scheduler in schedulers if isinstance(schedulers, list) else [schedulers]:
            scheduler.step()
        self.follow()

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """Move the average after the weights."""
        # not at the end of the batch: callbacks save checkpoints before the module's hook of that name
        super().optimizer_step(*args, **kwargs)
        self.follow()

    def follow(self) -> None:
        """Move the average of the weights on by one training step."""
        if self.averaged is not None:
            self.averaged.update(self.current)

    @property
    def deployed(self) -> Domain:
        """The domain whose batch norm target images pass through: the target's only where target images trained it."""
        if self.restored_as is not None:
            return self.restored_as
        on_features = self.style is not None and self.style.on_features
        return 'target' if self.alignment is not None or self.sees_target or on_features else 'source'

    @property
    def current(self) -> Network:
        """The network that is trained to be deployed: a subclass may train a second one."""
        return self.network

    @property
    def evaluated(self) -> Network:
        """The network that is scored, tested and deployed: the current one, or the average of its weights."""
        return self.current if self.averaged is None else self.averaged.network

    @property
    def computed(self) -> tuple[Validator, ...]:
        """The validators that can be computed: those that mix images cannot on stored features."""
        stored = self.backbone.stored is not None
        return tuple(rule for rule in self.validators if not (stored and rule.needs))

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Say in the checkpoint what it is of."""
        step = int(self.trainer.fit_loop.epoch_loop.total_batch_idx) + 1
        checkpoint['card'] = card_of(self, self.pair, step=step, scores=self.scores)

    @classmethod
    def load_from_checkpoint(  # type: ignore[override]
        cls,
        checkpoint_path: str | Path,
        map_location: Any = 'cpu',
        *,
        allow: Sequence[str] = (),
        **options: Any,
    ) -> Self:
        """Return the module of a checkpoint, in evaluation mode, without its data.

        Args:
            checkpoint_path: Of ``dann fit``, a job of ``dann benchmark``, or a ``Trainer``.
            map_location: The device to put it on.
            allow: Modules with code of your own that may be imported, for example ``['my_loss']``.
            options: Take the place of those that the module was made with: ``optimizer`` to train it on.

        Raises:
            UserError: There is no such file, or it is of another class.
        """
        from dann.engine.saved import read, restored

        module = restored(read(Path(checkpoint_path)), allow=tuple(allow), **options)
        if not isinstance(module, cls):
            raise UserError(
                f'{checkpoint_path} is of {type(module).__name__}, no {cls.__name__}; load it by that class'
            )
        return module.to(map_location)

    def forward(self, images: Tensor) -> Tensor:
        """Return class probabilities ``(B, C)`` of target images ``(B, C, H, W)`` in [0, 1].

        Raises:
            CheckError: The images are whole numbers.
        """
        check(
            images.is_floating_point(),
            f'expected float images in [0, 1], got {images.dtype}; divide bytes by 255: module(images / 255)',
        )
        view: View = self.evaluated(images, domain=self.deployed)
        return view.probabilities

    def validation_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:
        """Keep what the network sees of a batch; only source batches come with labels."""
        split = self.pair.evaluated[dataloader_idx]
        of_source = split.startswith('source')
        images, labels = batch if of_source else (batch, None)
        domain: Domain = 'source' if of_source else self.deployed
        see = partial(self.evaluated, domain=domain)
        view: View = see(images, labels)
        if split == 'target_val' and (passes := needed(self.computed)):
            view = replace(view, extra=run_passes(passes, see, images, view, batch_idx))
        self._batches.setdefault(split, []).append(view.to('cpu', torch.float32))

    def on_validation_epoch_end(self) -> None:
        """Join the batches to whole splits and score them without target labels."""
        self.join()
        source, target = self.splits['source_val'], self.splits['target_val']
        self._check_finite(source, target)
        rules = due(self.computed, self.dear_validators, self.trainer)
        self.scores = {f'val/{rule.name}': rule.score(source, target) for rule in rules}
        if self.alignment is not None:
            figures = self.alignment.diagnose(source.to(self.device), target.to(self.device))
            self.scores |= {f'diagnostic/{name}': value for name, value in figures.items()}
        fitting = self.trainer.state.fn == TrainerFn.FITTING
        self.log_dict(self.scores, logger=not fitting)
        if fitting and not self.trainer.sanity_checking:
            self._hand_on(self.scores, self.taken + 1)
            for logger in self.loggers:
                logger.save()

    def join(self) -> dict[str, View]:
        """Join the batches of an evaluation to whole splits, once, and return these."""
        if self._batches:
            self.splits = {split: View.concatenate(views) for split, views in self._batches.items()}
            self._batches = {}
        return self.splits

    def _check_finite(self, source: View, target: View) -> None:
        if not (source.logits.isfinite().all() and target.logits.isfinite().all()):
            step = self.trainer.fit_loop.epoch_loop.total_batch_idx + 1
            msg = f"the network's outputs are not finite after step {step}; lower the learning rate"
            raise NonFiniteLossError(msg)

    def test_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:
        """Keep what the network sees of a batch, as in validation."""
        self.validation_step(batch, batch_idx, dataloader_idx)

    def on_test_epoch_end(self) -> None:
        """Score whole splits, as in validation."""
        self.on_validation_epoch_end()

    def predict_step(self, batch: Tensor, batch_idx: int, dataloader_idx: int = 0) -> Tensor:
        """Return class probabilities ``(B, C)`` of a batch of target images."""
        probabilities: Tensor = self(batch)
        return probabilities


def _check_samples(shape: Sequence[int], changes_images: object) -> None:
    check(
        changes_images is None or len(shape) == 3,
        f'{type(changes_images).__name__} changes images, and the data are {in_words(shape)}; take a method of '
        'features instead, such as DANN, CORAL or MCC',
    )


def _norm(asked: Norm | bool | None, bottleneck: int | None, alignment: Alignment | None) -> Norm | bool:
    if asked is not None:
        return asked
    own = 'none' if alignment is None or bottleneck is None else alignment.bottleneck_norm
    return norm_of(cast(Norm, own))


def _activation(asked: Activation | None, bottleneck: int | None, alignment: Alignment | None) -> Activation:
    if asked is not None:
        return asked
    own = 'relu' if alignment is None or bottleneck is None else alignment.bottleneck_activation
    return activation_of(own)


def _check_rates(backbone_lr_scale: float, unfrozen_by: float, layer_decay: float) -> None:
    check(backbone_lr_scale >= 0, f'expected `backbone_lr_scale` of at least 0, got {backbone_lr_scale}')
    check(0 <= unfrozen_by <= 1, f'expected `unfrozen_by` in [0, 1], got {unfrozen_by}')
    check(layer_decay > 0, f'expected `layer_decay` above 0, got {layer_decay}')


def _check_options(num_classes: int, batch_norm: str | None, dear: str) -> None:
    known, whens = (*get_args(BatchNormPolicy), None), get_args(Dear)
    check(
        num_classes > 1,
        f'expected `num_classes` of at least 2, got {num_classes}; add samples of another class to both domains',
    )
    check(batch_norm in known, f'expected `batch_norm` to be one of {known}, got {batch_norm!r}')
    check(dear in whens, f'expected `dear_validators` to be one of {whens}, got {dear!r}')
