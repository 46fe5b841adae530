"""Sheets of sample images beside a run's log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from harness import configuration
from PIL import Image
from pytorch_lightning.loggers import CSVLogger
from training import fit, make, module, pair, same_weights

from dann.core.errors import RunError
from dann.engine.callbacks import Reproducible
from dann.engine.experiment import ExperimentCLI
from dann.engine.loggers import quiet
from dann.engine.module import AdaptationModule
from dann.engine.samples import SampleSheet, sheet


def run(model: AdaptationModule, folder: Path) -> AdaptationModule:
    quiet()
    trainer = pl.Trainer(
        max_epochs=2,
        accelerator='cpu',
        logger=CSVLogger(folder, name='', version=''),
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        callbacks=[Reproducible(), SampleSheet(count=4)],
    )
    trainer.fit(model, pair())
    return model


def test_a_sheet_has_a_batch_a_column_enlarged_by_whole_factors() -> None:
    grey, black = torch.full((2, 1, 3, 5), 0.5), torch.zeros(2, 3, 3, 5)
    picture = sheet([grey, black], 6)
    assert picture.shape == (2 * (2 * 3 + 2), 2 * (2 * 5 + 2), 3)
    assert picture[1:7, 1:11].tolist() == np.full((6, 10, 3), 128).tolist()
    assert picture[1:7, 13:23].max() == 0
    assert (picture[0] == 255).all()


def test_a_run_with_a_style_leaves_a_sheet_at_every_evaluation(tmp_path: Path) -> None:
    model = run(module(make('CUT')), tmp_path)
    names = sorted(path.name for path in (tmp_path / 'samples').iterdir())
    assert names == ['step-00005.png', 'step-00010.png']
    drawn = np.asarray(Image.open(tmp_path / 'samples' / 'step-00010.png'))
    assert model.style is not None
    source, target = pair_examples(4)
    styled = model.style(source, target, 1.0)
    np.testing.assert_array_equal(drawn, sheet([source, target, styled], 56))


def pair_examples(count: int) -> Any:
    data = pair()
    data.prepare_data()
    data.setup()
    return data.examples(count)


@pytest.mark.parametrize('name', ['CUT', 'FDA'])
def test_sheets_change_no_weight(name: str, tmp_path: Path) -> None:
    drawn, plain = run(module(make(name)), tmp_path), module(make(name))
    fit(plain)
    assert same_weights(drawn, plain)


@pytest.mark.parametrize('name', [None, 'MixStyle', 'InstanceNorm', 'CORAL'])
def test_there_is_nothing_to_draw_without_a_style_of_images(name: str | None, tmp_path: Path) -> None:
    run(module(make(name) if name else None), tmp_path)
    assert not (tmp_path / 'samples').exists()


def test_a_sheet_that_cannot_be_written_ends_the_run_with_its_cause(tmp_path: Path) -> None:
    (tmp_path / 'samples').write_text('in the way')
    with pytest.raises(RunError, match=r'cannot write .*samples/step-00005.png \(.*\); free the disk'):
        run(module(make('FDA')), tmp_path)


@pytest.mark.parametrize(('style', 'sheets'), [(None, 0), ('FDA', 1)])
def test_the_command_line_adds_the_sheets_where_there_is_a_style(style: str | None, sheets: int) -> None:
    config = configuration()
    options = config['model']['init_args'] | ({'style': style} if style else {})
    model = config['model'] | {'init_args': options}
    cli = ExperimentCLI({'model': model, 'data': config['data'], 'trainer': {'logger': False}}, run=False)
    callbacks: Any = cli.trainer.callbacks  # type: ignore[attr-defined]
    assert sum(isinstance(each, SampleSheet) for each in callbacks) == sheets
