"""The loggers of a run, and a switch that silences Lightning's notices."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from pytorch_lightning.loggers import CSVLogger, Logger, TensorBoardLogger, WandbLogger

from dann.core.errors import UserError
from dann.engine.notices import LOGGERS
from dann.engine.wandb_runs import check_wandb, destination


def quiet() -> None:
    """Silence Lightning's notices and warnings, which a grid of runs would repeat hundreds of times."""
    warnings.filterwarnings('ignore', module='pytorch_lightning|lightning_fabric|torch')
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    os.environ.setdefault('WANDB_SILENT', 'true')


def check_loggers(names: Sequence[str]) -> None:
    """Raise ``UserError`` unless all these loggers can be used: asked before anything is trained.

    Args:
        names: ``csv``, ``tensorboard`` and ``wandb``, any of them.
    """
    if 'tensorboard' in names and not any(map(find_spec, ('tensorboard', 'tensorboardX'))):
        raise UserError(
            "that logger needs tensorboard; pip install -e '.[tensorboard]' in dann's source folder"
        )
    if 'wandb' in names:
        check_wandb()


def loggers(names: Sequence[str], folder: Path, run: str) -> list[Logger]:
    """Return loggers that write into ``folder``: CSV always, others by name.

    Args:
        names: ``csv``, ``tensorboard`` and ``wandb``, any of them.
        folder: Where; wandb runs go where ``destination`` says.
        run: What wandb calls the run.
    """
    found: list[Logger] = [CSVLogger(folder, name='', version='')]
    if 'tensorboard' in names:
        found.append(TensorBoardLogger(folder, name='tensorboard', version=''))
    if 'wandb' in names:
        where = destination(folder)
        found.append(WandbLogger(run, save_dir=where.pop('dir'), **where))
    return found
