"""Predictions are written sample by sample, whatever the shape in which Lightning hands them over."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import torch
from toy import Toy
from training import pair

from dann.engine.predictions import PredictionWriter

ROWS = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.25, 0.5, 0.25]])


class Trainer:
    """As much of a trainer as the writer asks for."""

    def __init__(self, folder: Path) -> None:
        self.default_root_dir = str(folder)
        self.datamodule = pair(target=Toy('b', test=3))
        self.datamodule.prepare_data()
        self.printed: list[str] = []

    def print(self, line: str) -> None:
        self.printed.append(line)


@pytest.mark.parametrize('predictions', [[ROWS[:2], ROWS[2:]], [[ROWS[:2]], [ROWS[2:]]]])
def test_one_row_a_sample_with_its_class_and_probability(predictions: Any, tmp_path: Path) -> None:
    trainer: Any = Trainer(tmp_path)
    unused: Any = None
    PredictionWriter().write_on_epoch_end(trainer, unused, predictions, [])
    with (tmp_path / 'predictions.csv').open(newline='') as file:
        found = list(csv.reader(file))
    names = trainer.datamodule.target.names('test')
    assert found == [
        ['sample', 'class', 'probability'],
        [names[0], 'red', '0.7000'],
        [names[1], 'blue', '0.6000'],
        [names[2], 'green', '0.5000'],
    ]
    assert trainer.printed == [f'predictions of 3 images: {tmp_path / "predictions.csv"}']
