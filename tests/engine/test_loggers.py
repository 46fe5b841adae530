"""CSV always; other loggers by name, each in its place, or what to install."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger, WandbLogger

from dann.core.errors import UserError
from dann.engine.loggers import loggers, quiet


def test_csv_is_always_there_and_lies_in_the_folder_itself(tmp_path: Path) -> None:
    (only,) = loggers([], tmp_path, 'run')
    assert isinstance(only, CSVLogger)
    assert Path(only.log_dir) == tmp_path


def test_others_come_by_name(tmp_path: Path) -> None:
    pytest.importorskip('tensorboard')
    _, board, wandb = loggers(['wandb', 'tensorboard'], tmp_path, 'run-7')
    assert isinstance(board, TensorBoardLogger)
    assert Path(board.log_dir) == tmp_path / 'tensorboard'
    assert isinstance(wandb, WandbLogger)
    assert wandb.name == 'dann'
    assert (tmp_path / 'wandb').is_dir()


def test_a_missing_package_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> None:
        raise ModuleNotFoundError('tensorboard')

    monkeypatch.setattr('dann.engine.loggers.TensorBoardLogger', missing)
    with pytest.raises(
        UserError, match=r"needs a package \(tensorboard\); pip install -e '\.\[tensorboard\]'"
    ):
        loggers(['tensorboard'], tmp_path, 'run')


def test_lightning_is_quiet_below_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv('WANDB_SILENT', raising=False)
    logging.getLogger('pytorch_lightning').setLevel(logging.INFO)
    quiet()
    assert logging.getLogger('pytorch_lightning').level == logging.ERROR
    assert os.environ['WANDB_SILENT'] == 'true'
