"""One run, from its typed configuration."""

from __future__ import annotations

import importlib
import inspect
import logging
import os
import re
import warnings
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, Literal, NoReturn

import pytorch_lightning as pl
import torch
import yaml
from pytorch_lightning.cli import ArgsType, LightningArgumentParser, LightningCLI, SaveConfigCallback
from pytorch_lightning.loggers import CSVLogger, Logger, TensorBoardLogger, WandbLogger

from dann import configs
from dann.datasets.base import DomainDataset
from dann.datasets.pair import DomainPair
from dann.discovery import members
from dann.errors import UserError, unknown
from dann.evaluation import Evaluator
from dann.methods.alignment import Alignment
from dann.methods.style import Style
from dann.module import AdaptationModule
from dann.networks import Backbone
from dann.predictions import PredictionWriter
from dann.samples import SampleSheet
from dann.validators import Validator

ROOMS: dict[str, tuple[Any, str]] = {
    'model': (AdaptationModule, 'dann.methods.training'),
    'alignment': (Alignment, 'dann.methods.alignment'),
    'style': (Style, 'dann.methods.style'),
    'validator': (Validator, 'dann.validators'),
    'backbone': (Backbone, 'dann.networks'),
    'dataset': (DomainDataset, 'dann.datasets'),
}


def resolve(kind: str, path: str) -> type[Any]:
    """Return the class of a short name or dotted path.

    Args:
        kind: ``model``, ``alignment``, ``style``, ``validator``, ``backbone`` or ``dataset``.
        path: For example ``DANN`` or ``my_loss.MyLoss``.

    Raises:
        UserError: No such class, or one of another kind.
    """
    base, room = ROOMS[kind]
    known = members(base, room)
    if path in known:
        return known[path]
    module, _, name = path.rpartition('.')
    try:
        found = getattr(importlib.import_module(module), name) if module else None
    except Exception as error:
        # a module of the user's may fail in any way while it is imported
        why = f'{type(error).__name__}: {error}'
        msg = f'cannot import {kind} {path!r} ({why}); correct it, or run from the folder that holds it'
        raise UserError(msg) from error
    if found is None:
        raise unknown(kind, path, known)
    if not (isinstance(found, type) and issubclass(found, base)):
        msg = f'{path} is no {base.__name__}; derive the class from dann.{base.__name__}'
        raise UserError(msg)
    return found


class Parser(LightningArgumentParser):
    """Raises what is wrong as a one-line ``UserError``, with the nearest known name."""

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Raise ``message`` as a ``UserError``."""
        line = ' '.join(message.split())
        if inner := re.search(r"unknown \w+ '[^']+'; (did you mean '[^']+'\?|choose from [\w, ]+)", line):
            raise UserError(inner[0]) from ex
        if wrong := re.search(r'dot import path string: (\w+)', line):
            known = {name for base, room in ROOMS.values() for name in members(base, room)}
            raise unknown('class', wrong[1], known) from ex
        if wrong := re.search(r"[Oo]ption '([\w.]+)' is not accepted", line):
            raise unknown('option', wrong[1], inspect.signature(AdaptationModule).parameters) from ex
        msg = f'{line[:500]}; see `dann fit --help`'
        raise UserError(msg) from ex


class ExperimentCLI(LightningCLI):
    """LightningCLI for an ``AdaptationModule`` on a ``DomainPair``, the evaluator always present."""

    def __init__(self, args: ArgsType = None, *, run: bool = True) -> None:
        for base, room in ROOMS.values():
            members(base, room)  # importing makes the short names known to the parser
        super().__init__(
            AdaptationModule,
            DomainPair,
            SaveRunConfig if run else None,
            save_config_kwargs={'overwrite': True},
            trainer_defaults={
                'callbacks': [Reproducible(), Evaluator(), PredictionWriter()],
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
        """Fill in what one part knows and another needs."""
        parser.link_arguments('data.num_classes', 'model.init_args.num_classes', apply_on='instantiate')
        parser.link_arguments('seed_everything', 'data.seed')
        parser.add_argument(
            '--logger',
            type=list[Literal['wandb', 'tensorboard']],
            default=[],
            help='log there too; CSV always',
        )

    def instantiate_trainer(self, **kwargs: Any) -> pl.Trainer:
        """Log into a new folder below ``runs/fit``, unless the configuration brings loggers of its own."""
        given = self._get(self.config_init, 'trainer', default={}).get('logger')
        if given is None and self.subcommand:
            folder = _next_folder(Path('runs/fit'))
            names = self._get(self.config, 'logger')
            kwargs['logger'] = loggers(names, folder, folder.name) if self.subcommand == 'fit' else False
        trainer = super().instantiate_trainer(**kwargs)
        if isinstance(self.model, AdaptationModule) and self.model.style is not None:
            trainer.callbacks.append(SampleSheet())  # type: ignore[attr-defined]
        return trainer

    def _set_seed(self) -> None:
        seed = self._get(self.config, 'seed_everything')
        if isinstance(seed, int) and not isinstance(seed, bool) and seed < 0:
            raise UserError(f'expected `seed_everything` of at least 0, got {seed}')
        super()._set_seed()

    def instantiate_classes(self) -> None:
        """Instantiate, telling the user's mistakes from ours."""
        try:
            super().instantiate_classes()
        except ValueError as error:
            raise UserError(' '.join(str(error).split())) from error


class SaveRunConfig(SaveConfigCallback):
    """Saves the configuration of a training run, and of nothing else."""

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Save ``config.yaml`` beside the run's logs."""
        if stage == 'fit':
            super().setup(trainer, pl_module, stage)


class Reproducible(pl.Callback):
    """Makes the randomness of each step a function of seed and step, so that a resumed run repeats it."""

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Seed torch for this step."""
        seed: int = trainer.datamodule.seed  # type: ignore[attr-defined]
        of_step = seed * 1_000_003 + trainer.fit_loop.epoch_loop.total_batch_idx
        # torch.manual_seed would also queue seeds for every absent backend, with a stack trace each
        torch.default_generator.manual_seed(of_step)
        if pl_module.device.type == 'cuda':
            torch.cuda.manual_seed(of_step)


def experiment_arguments(arguments: list[str]) -> list[str]:
    """Return a command line in which names of benchmarks after ``--config`` became experiments.

    An experiment is what a benchmark's rows share: its model and data, for its number of steps.
    """
    from dann.benchmarks.grid import benchmark
    from dann.benchmarks.schema import KEYS

    resolved = list(arguments)
    for index, argument in enumerate(arguments):
        flag, equals, value = argument.partition('=')
        if flag not in ('--config', '-c'):
            continue
        where = index if equals else index + 1
        name = value if equals else arguments[where] if where < len(arguments) else ''
        config = configs.load(name)
        if config.keys() <= set(KEYS) and 'methods' in config:
            shared = benchmark(Path(name).stem, config)
            text = yaml.safe_dump(shared.shared(0))
            resolved[where] = f'--config={text}' if equals else text
    return resolved


def _next_folder(parent: Path) -> Path:
    taken = [int(path.name) for path in parent.glob('*') if path.name.isdigit()]
    return parent / f'{max(taken, default=-1) + 1:03d}'


def quiet() -> None:
    """Silence Lightning's notices and warnings, which a grid of runs would repeat hundreds of times."""
    warnings.filterwarnings('ignore', module='pytorch_lightning|lightning_fabric|torch')
    for name in ('pytorch_lightning', 'lightning_fabric', 'lightning.pytorch', 'lightning.fabric'):
        logging.getLogger(name).setLevel(logging.ERROR)
    os.environ.setdefault('WANDB_SILENT', 'true')


def loggers(names: Sequence[str], folder: Path, run: str) -> list[Logger]:
    """Return loggers that write into ``folder``: CSV always, others by name, wandb offline.

    Args:
        names: ``wandb`` and ``tensorboard``, or neither.
        folder: Where.
        run: What wandb calls the run.

    Raises:
        UserError: The logger's package is not installed.
    """
    made: list[Logger] = [CSVLogger(folder, name='', version='')]
    try:
        if 'tensorboard' in names:
            made.append(TensorBoardLogger(folder, name='tensorboard', version=''))
        if 'wandb' in names:
            (folder / 'wandb').mkdir(parents=True, exist_ok=True)
            made.append(WandbLogger(run, save_dir=folder, project='dann', offline=True))
    except ModuleNotFoundError as error:
        raise UserError(
            f"that logger needs a package ({error}); pip install 'dann[tensorboard]' wandb"
        ) from error
    return made
