"""The loggers of a run, and a switch that silences Lightning's notices."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Sequence
from pathlib import Path

from pytorch_lightning.loggers import CSVLogger, Logger, TensorBoardLogger, WandbLogger

from dann.core.errors import UserError


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
    found: list[Logger] = [CSVLogger(folder, name='', version='')]
    try:
        if 'tensorboard' in names:
            found.append(TensorBoardLogger(folder, name='tensorboard', version=''))
        if 'wandb' in names:
            (folder / 'wandb').mkdir(parents=True, exist_ok=True)
            found.append(WandbLogger(run, save_dir=folder, project='dann', offline=True))
    except ModuleNotFoundError as error:
        raise UserError(
            f"that logger needs a package ({error}); pip install -e '.[tensorboard]' in dann's source folder"
        ) from error
    return found
