"""CSV always; other loggers by name, each in its place, or what to install; an evaluation is one step in all."""

from __future__ import annotations

import csv
import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger, WandbLogger
from training import fit, make, module, pair

from dann.core.errors import UserError
from dann.engine.evaluation import Evaluator
from dann.engine.loggers import check_loggers, loggers, quiet


def test_csv_is_always_there_and_lies_in_the_folder_itself(tmp_path: Path) -> None:
    (only,) = loggers([], tmp_path, 'run')
    assert isinstance(only, CSVLogger)
    assert Path(only.log_dir) == tmp_path


def test_others_come_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip('tensorboard')
    monkeypatch.delenv('WANDB_DIR', raising=False)
    monkeypatch.setenv('WANDB_PROJECT', 'night')
    _, board, wandb = loggers(['csv', 'wandb', 'tensorboard'], tmp_path / 'new', 'run-7')
    assert isinstance(board, TensorBoardLogger)
    assert Path(board.log_dir) == tmp_path / 'new' / 'tensorboard'
    assert isinstance(wandb, WandbLogger)
    assert wandb.name == 'night'
    assert wandb.save_dir == str(tmp_path / 'new')
    assert wandb._wandb_init['mode'] == 'offline'
    assert wandb._id is None  # an agent's run has the id that WANDB_RUN_ID names


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('dann.engine.loggers.find_spec', lambda name: None)
    with pytest.raises(UserError, match=r"needs tensorboard; pip install -e '\.\[tensorboard\]'"):
        check_loggers(['tensorboard'])
    check_loggers(['csv'])


def test_wandb_is_asked_before_anything_is_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('WANDB_MODE', 'sideways')
    with pytest.raises(UserError, match='WANDB_MODE'):
        check_loggers(['wandb'])
    check_loggers(['csv'])


class Noted(WandbLogger):
    """Keeps what it is told, in place of wandb."""

    def __init__(self) -> None:
        self.rows: list[tuple[int | None, set[str]]] = []

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        self.rows.append((step, {*metrics}))

    def finalize(self, status: str) -> None:
        pass


def steps_of_csv(folder: Path) -> dict[int, set[str]]:
    with (folder / 'metrics.csv').open() as file:
        rows = [{key: value for key, value in row.items() if value} for row in csv.DictReader(file)]
    return _grouped((int(row.pop('step')), set(row)) for row in rows)


def steps_of_board(folder: Path) -> dict[int, set[str]]:
    accumulated = pytest.importorskip('tensorboard.backend.event_processing.event_accumulator')
    events = accumulated.EventAccumulator(str(folder / 'tensorboard'))
    events.Reload()
    return _grouped(
        (event.step, {tag})
        for tag in events.Tags()['scalars']
        for event in events.Scalars(tag)
        if tag != 'hp_metric'
    )


def _grouped(rows: Iterable[tuple[int | None, set[str]]]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for step, names in rows:
        assert step is not None
        found.setdefault(step, set()).update(names)
    return found


@pytest.mark.parametrize(
    'method', [None, 'MCD']
)  # one that takes several steps of its optimisers a batch, too
def test_an_evaluation_is_one_step_in_every_logger(method: str | None, tmp_path: Path) -> None:
    pytest.importorskip('tensorboard')
    noted = Noted()
    evaluator = Evaluator()
    fit(
        module(make(method) if method else None),
        epochs=3,
        callbacks=[evaluator],
        trainer={'logger': [*loggers(['tensorboard'], tmp_path, 'run'), noted], 'num_sanity_val_steps': 1},
    )
    for found in (steps_of_csv(tmp_path), steps_of_board(tmp_path), _grouped(noted.rows)):
        assert [*found] == [5, 10, 15]
        for names in found.values():
            assert {'loss/source', 'val/infomax', 'source/test_accuracy', *evaluator.scores} <= names


def test_validation_alone_is_logged_and_returned(tmp_path: Path) -> None:
    trained, data = module(), pair()
    trainer = fit(trained, data)
    trainer.loggers = loggers([], tmp_path, 'run')
    (first, *_) = trainer.validate(trained, data, verbose=False)
    assert first['val/infomax'] == pytest.approx(trained.scores['val/infomax'])
    trainer.loggers[0].finalize('success')
    assert {'val/infomax'} <= steps_of_csv(tmp_path)[10]


def test_lightning_is_quiet_below_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv('WANDB_SILENT', raising=False)
    logging.getLogger('pytorch_lightning').setLevel(logging.INFO)
    quiet()
    assert logging.getLogger('pytorch_lightning').level == logging.ERROR
    assert os.environ['WANDB_SILENT'] == 'true'
