"""One run, from its typed configuration."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any, Literal

import pytorch_lightning as pl
from pytorch_lightning.cli import ArgsType, LightningArgumentParser, LightningCLI
from pytorch_lightning.loggers import Logger, WandbLogger

from dann.core.errors import UserError
from dann.core.registry import registered
from dann.core.seeds import check_seed
from dann.datasets.pair import DomainPair
from dann.engine.callbacks import Reproducible, SaveRunConfig, plain
from dann.engine.catalogue import REGISTRY
from dann.engine.checkpoints import check_given, check_keyword, loading
from dann.engine.evaluation import Evaluator
from dann.engine.keeping import how_to_go_on, keep_best, next_steps
from dann.engine.lightning_words import in_one_line
from dann.engine.loggers import check_loggers, loggers
from dann.engine.module import AdaptationModule
from dann.engine.optimizers import check_optimizer
from dann.engine.parser import Parser, refusal
from dann.engine.resuming import check_resumed
from dann.engine.run_folder import kept_if_begun, next_folder
from dann.engine.samples import SampleSheet
from dann.engine.score_sheet import score_sheet
from dann.engine.trainer_options import check_count, check_devices


class ExperimentCLI(LightningCLI):
    """LightningCLI for an ``AdaptationModule`` on a ``DomainPair``, the evaluator always present."""

    folder: Path | None = None  # of the run, where it is a new one

    def __init__(self, args: ArgsType = None, *, run: bool = True) -> None:
        self.own_loggers: list[Logger] = []
        for base, package in REGISTRY.values():
            registered(base, package)  # importing makes the short names known to the parser
        super().__init__(
            AdaptationModule,
            DomainPair,
            SaveRunConfig if run else None,
            save_config_kwargs={'overwrite': True},
            trainer_defaults={
                'callbacks': [Reproducible(), Evaluator()],
                'num_sanity_val_steps': 0,
                'devices': 1,
            },
            seed_everything_default=0,
            parser_class=Parser,
            subclass_mode_model=True,
            args=args,
            run=run,
            auto_configure_optimizers=False,
            load_from_checkpoint_support=False,
        )

    def parse_arguments(self, parser: LightningArgumentParser, args: ArgsType) -> None:
        """Parse without Lightning's warning about ``sys.argv``, which the ``dann`` command always has."""
        given: Any = deepcopy(args)  # the parser writes into what it is given
        self.config = parser.parse_object(given) if isinstance(given, dict) else parser.parse_args(given)

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """Link what the model needs to what the data knows: the number of classes and of sources, and the seed."""
        parser.link_arguments('data.num_classes', 'model.init_args.num_classes', apply_on='instantiate')
        parser.link_arguments('data.image_shape', 'model.init_args.image_shape', apply_on='instantiate')
        parser.link_arguments('data.num_sources', 'model.init_args.num_sources', apply_on='instantiate')
        parser.link_arguments('seed_everything', 'data.seed')
        parser.add_argument(
            '--logger',
            type=list[Literal['csv', 'tensorboard', 'wandb']],
            default=[],
            help='log there too; CSV always',
        )

    def instantiate_trainer(self, **kwargs: Any) -> pl.Trainer:
        """Log into a new folder below ``runs/fit``, unless the configuration has loggers."""
        asked = self._get(self.config_init, 'trainer', default={})
        check_count(asked.get('devices'))
        given = asked.get('logger')
        if given is None and self.subcommand:
            folder = next_folder(Path('runs/fit'))
            if self.subcommand == 'fit':
                self.folder = folder
                names = self._get(self.config, 'logger')
                check_loggers(names)
                self.own_loggers = loggers(names, folder, folder.name)
            kwargs['logger'] = self.own_loggers or False
        with in_one_line():
            trainer = super().instantiate_trainer(**kwargs)
        check_devices(trainer)
        if self.subcommand == 'fit':
            keep_best(trainer)
        if isinstance(self.model, AdaptationModule) and self.model.style is not None:
            trainer.callbacks.append(SampleSheet())  # type: ignore[attr-defined]
        return trainer

    def _parse_ckpt_path(self) -> None:
        """Refuse to score or predict with a network that was not trained, before Lightning opens the file."""
        if command := self.config.get('subcommand'):
            path = self._checkpoint_of(command)
            check_given(command, path)
            if command == 'fit':
                self._check_resumed(path, self.config[command])
        super()._parse_ckpt_path()

    def _check_resumed(self, path: str | None, config: Any) -> None:
        check_keyword(path, config.trainer.callbacks)
        if path is not None and Path(path).is_file():
            check_resumed(path, plain(self._parser('fit'), config))

    def _checkpoint_of(self, command: str) -> str | None:
        path = self.config[command].get('ckpt_path')
        return None if path is None else str(path)

    def _run_subcommand(self, subcommand: str) -> None:
        path = self._checkpoint_of(subcommand)
        try:
            with kept_if_begun(self.folder), in_one_line(), loading(path):
                super()._run_subcommand(subcommand)
        except SystemExit as ended:
            stop = ended.__context__
            if isinstance(stop, KeyboardInterrupt):
                raise type(stop)(how_to_go_on(self.trainer, path) if subcommand == 'fit' else '') from ended
            raise

    def _prepare_subcommand_parser(self, *args: Any, **kwargs: Any) -> LightningArgumentParser:
        parser = super()._prepare_subcommand_parser(*args, **kwargs)
        parser.set_defaults(
            {action.dest: False for action in parser._actions if action.dest == 'verbose'}
        )  # of Lightning's table, which has every score once for each split
        return parser

    def after_validate(self) -> None:
        """Print the accuracy on the target, and every score."""
        scores = {name: float(value) for name, value in self.trainer.callback_metrics.items()}
        if self.trainer.is_global_zero:
            print(score_sheet(scores, self.datamodule.target.name))

    def after_test(self) -> None:
        """Print what ``dann validate`` prints."""
        self.after_validate()

    def after_fit(self) -> None:
        """Finish the run of wandb, then say where the checkpoint is, and how to predict with it."""
        for logger in self.own_loggers:
            if isinstance(logger, WandbLogger):
                logger.experiment.finish()
        kept: Any = self.trainer.checkpoint_callback
        if kept is not None and kept.best_model_path and self.trainer.log_dir and self.trainer.is_global_zero:
            print(next_steps(kept, Path(self.trainer.log_dir) / 'config.yaml'))

    def _set_seed(self) -> None:
        seed = self._get(self.config, 'seed_everything')
        if isinstance(seed, int) and not isinstance(seed, bool):
            check_seed('seed_everything', seed)
        super()._set_seed()

    def instantiate_classes(self) -> None:
        """Instantiate, after a look at what would be called; raise a wrong value as a one-line ``UserError``."""
        check_optimizer(self._get(self.config, 'model'))
        try:
            super().instantiate_classes()
        except ValueError as error:
            raise UserError(refusal(error)) from error
