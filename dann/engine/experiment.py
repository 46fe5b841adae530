"""One run, from its typed configuration."""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path
from typing import Any, Literal, NoReturn

import pytorch_lightning as pl
from pytorch_lightning.cli import ArgsType, LightningArgumentParser, LightningCLI
from pytorch_lightning.loggers import Logger, WandbLogger

from dann.core import moved
from dann.core.errors import UserError, unknown
from dann.core.registry import registered
from dann.datasets.pair import DomainPair
from dann.engine.callbacks import Reproducible, SaveRunConfig
from dann.engine.catalogue import REGISTRY
from dann.engine.checkpoints import check_given, loading
from dann.engine.evaluation import Evaluator
from dann.engine.keeping import keep_best, next_steps
from dann.engine.loggers import check_loggers, loggers
from dann.engine.module import AdaptationModule
from dann.engine.parser_words import wrong_value
from dann.engine.samples import SampleSheet

# an error of a nested parser, in the words of `unknown`, or one that names a new place
OURS = re.compile(
    r"unknown \w+ '[^']+'; (did you mean '[^']+'\?|choose from [\w, ]+|"
    r'it is now `\w+`, an option under `[^`]+`|it is now a training class: write `[^`]+` for `[^`]+`)'
    r'|[\w.]+ has moved to [\w.]+; name it there'
    r'|expected `[\w.]+` to be .+?, got .+?; see `dann fit --help`'
)


class Parser(LightningArgumentParser):
    """Raises what is wrong as a one-line ``UserError``, with the nearest known name."""

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Raise ``message`` as a ``UserError``."""
        line = ' '.join(message.split())
        for path in re.findall(r"class_path '([\w.]+)'", line):
            if now := moved.place(path):
                raise UserError(f'{path} has moved to {now}; name it there') from ex
        if inner := OURS.search(line):
            raise UserError(inner[0]) from ex
        if wrong := re.search(r'Import path ([\w.]+) does not correspond to a subclass of Backbone', line):
            raise UserError(
                f'{wrong[1]} is no Backbone; derive the class from dann.Backbone and write `extract`, which may call '
                'any network'
            ) from ex
        if wrong := re.search(r"Problem with given class_path '([\w.]+)': (No module named '[\w.]+')", line):
            raise UserError(
                f'cannot import {wrong[1]} ({wrong[2]}); correct it, or run from the folder that holds it'
            ) from ex
        if wrong := re.search(r'dot import path string: (\w+)', line):
            known = {name for base, package in REGISTRY.values() for name in registered(base, package)}
            raise unknown('class', wrong[1], known) from ex
        if wrong := re.search(r"[Oo]ption '([\w.]+)' is not accepted", line):
            known = {action.dest for action in self._actions if action.dest != 'help'}
            raise unknown('option', wrong[1], known) from ex
        msg = f'{wrong_value(line) or line[:500]}; see `dann fit --help`'
        raise UserError(msg) from ex


class ExperimentCLI(LightningCLI):
    """LightningCLI for an ``AdaptationModule`` on a ``DomainPair``, the evaluator always present."""

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
        """Link what the model needs to what the data knows: the number of classes and the seed."""
        parser.link_arguments('data.num_classes', 'model.init_args.num_classes', apply_on='instantiate')
        parser.link_arguments('data.image_shape', 'model.init_args.image_shape', apply_on='instantiate')
        parser.link_arguments('seed_everything', 'data.seed')
        parser.add_argument(
            '--logger',
            type=list[Literal['csv', 'tensorboard', 'wandb']],
            default=[],
            help='log there too; CSV always',
        )

    def instantiate_trainer(self, **kwargs: Any) -> pl.Trainer:
        """Log into a new folder below ``runs/fit``, unless the configuration has loggers."""
        given = self._get(self.config_init, 'trainer', default={}).get('logger')
        if given is None and self.subcommand:
            folder = _next_folder(Path('runs/fit'))
            names = self._get(self.config, 'logger') if self.subcommand == 'fit' else []
            check_loggers(names)
            self.own_loggers = loggers(names, folder, folder.name) if self.subcommand == 'fit' else []
            kwargs['logger'] = self.own_loggers or False
        trainer = super().instantiate_trainer(**kwargs)
        if self.subcommand == 'fit':
            keep_best(trainer)
        if isinstance(self.model, AdaptationModule) and self.model.style is not None:
            trainer.callbacks.append(SampleSheet())  # type: ignore[attr-defined]
        return trainer

    def _parse_ckpt_path(self) -> None:
        """Refuse to score or predict with a network that was not trained, before Lightning opens the file."""
        if command := self.config.get('subcommand'):
            check_given(command, self._checkpoint_of(command))
        super()._parse_ckpt_path()

    def _checkpoint_of(self, command: str) -> str | None:
        path = self.config[command].get('ckpt_path')
        return None if path is None else str(path)

    def _run_subcommand(self, subcommand: str) -> None:
        with loading(self._checkpoint_of(subcommand)):
            super()._run_subcommand(subcommand)

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
        if isinstance(seed, int) and not isinstance(seed, bool) and seed < 0:
            raise UserError(f'expected `seed_everything` of at least 0, got {seed}')
        super()._set_seed()

    def instantiate_classes(self) -> None:
        """Instantiate; raise a wrong value as a one-line ``UserError``."""
        try:
            super().instantiate_classes()
        except ValueError as error:
            line = ' '.join(str(error).split())
            # the parser's report on a class that refused its arguments: what the class said, then all of them
            said = re.search(r'Errors: - (.+?) - Expected a <class', line)
            raise UserError(said[1] if said else line) from error


def _next_folder(parent: Path) -> Path:
    taken = [int(path.name) for path in parent.glob('*') if path.name.isdigit()]
    return parent / f'{max(taken, default=-1) + 1:03d}'
