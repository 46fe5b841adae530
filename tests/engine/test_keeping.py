"""What ``dann fit`` leaves."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint
from training import module, pair

from dann.engine.callbacks import Reproducible
from dann.engine.keeping import KeepBest, how_to_go_on, keep_best, next_steps
from dann.engine.loggers import quiet
from dann.engine.saved import read
from dann.validators.entropy import Entropy

QUIET: dict[str, Any] = {'logger': False, 'enable_progress_bar': False, 'enable_model_summary': False}


def trained(
    folder: Path, *, epochs: int = 4, ckpt_path: str | None = None, **options: Any
) -> tuple[pl.Trainer, list[float]]:
    """Train for some evaluations; return the trainer and the first score of each."""
    quiet()
    seen: list[float] = []

    class Watch(pl.Callback):
        def on_validation_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
            seen.append(next(iter(pl_module.scores.values()), 0.0))

    trainer = pl.Trainer(
        max_epochs=epochs,
        accelerator='cpu',
        default_root_dir=folder,
        num_sanity_val_steps=0,
        callbacks=[Reproducible(), Watch()],
        **QUIET,
    )
    keep_best(trainer)
    trainer.fit(module(**options), pair(), ckpt_path=ckpt_path, weights_only=True)
    return trainer, seen


def test_the_best_and_the_last_are_kept_and_no_other(tmp_path: Path) -> None:
    trainer, scores = trained(tmp_path)
    kept: Any = trainer.checkpoint_callback
    assert isinstance(kept, KeepBest)
    assert sorted(path.name for path in (tmp_path / 'checkpoints').iterdir()) == ['best.ckpt', 'last.ckpt']
    best, last = (read(tmp_path / 'checkpoints' / f'{name}.ckpt').card for name in ('best', 'last'))
    assert best['step'] == 5 * (1 + scores.index(max(scores)))
    assert best['scores']['val/infomax'] == max(scores)
    assert last['step'] == 20
    said = next_steps(kept, Path('config.yaml')).splitlines()
    assert said[0].endswith(f'best.ckpt (the highest val/infomax, {max(scores):.4g}; the last is last.ckpt)')
    assert said[1] == f'Use it:     dann predict {kept.best_model_path} IMAGES'


def test_another_score_is_gone_by_where_infomax_is_left_out(tmp_path: Path) -> None:
    kept: Any = trained(tmp_path, validators=[Entropy()])[0].checkpoint_callback
    assert kept.monitor == 'val/entropy'


def test_without_scores_the_last_is_kept_alone(tmp_path: Path) -> None:
    kept: Any = trained(tmp_path, validators=[])[0].checkpoint_callback
    assert [path.name for path in (tmp_path / 'checkpoints').iterdir()] == ['last.ckpt']
    assert 'highest' not in next_steps(kept, Path('config.yaml'))


def test_checkpoints_that_were_asked_for_stay(tmp_path: Path) -> None:
    own = ModelCheckpoint(monitor='val/infomax', filename='mine')
    trainer = pl.Trainer(max_epochs=1, callbacks=[own], default_root_dir=tmp_path, **QUIET)
    keep_best(trainer)
    assert trainer.checkpoint_callbacks == [own]
    off = pl.Trainer(max_epochs=1, enable_checkpointing=False, **QUIET)
    keep_best(off)
    assert off.checkpoint_callbacks == []


@pytest.mark.parametrize('there', [True, False])
def test_a_resumed_run_goes_on_from_the_best_so_far(there: bool, tmp_path: Path) -> None:
    first, _ = trained(tmp_path / 'one')
    kept: Any = first.checkpoint_callback
    last, best = torch.load(kept.last, weights_only=True), Path(kept.best_model_path)
    (state,) = (each for name, each in last['callbacks'].items() if 'KeepBest' in name)
    state['best_model_score'] = torch.tensor(99.0)  # which no later evaluation reaches
    state['best_k_models'] = {str(best): torch.tensor(99.0)}
    torch.save(last, kept.last)
    if not there:
        best.unlink()
    trainer, _ = trained(tmp_path / 'two', epochs=6, ckpt_path=kept.last)
    again: Any = trainer.checkpoint_callback
    assert (again.best_model_path == str(best)) is there
    assert (float(again.best_model_score) == 99) is there
    assert Path(again.last).parents[1] == tmp_path / 'two'


def test_an_interrupted_run_goes_on_from_the_newest_checkpoint(tmp_path: Path) -> None:
    trainer = SimpleNamespace(checkpoint_callback=None, log_dir=None)
    assert 'no checkpoint was written yet' in how_to_go_on(trainer, None)
    paths = {name: tmp_path / 'checkpoints' / f'{name}.ckpt' for name in ('best', 'last', 'given')}
    for time, path in enumerate(paths.values(), 1):
        path.parent.mkdir(exist_ok=True)
        path.touch()
        os.utime(path, (time, time))
    kept = SimpleNamespace(last_model_path=str(paths['last']), best_model_path=str(paths['best']))
    trainer = SimpleNamespace(checkpoint_callback=kept, log_dir=None)
    assert how_to_go_on(trainer, None).endswith(
        f'dann fit --config {tmp_path}/config.yaml --ckpt_path {paths["last"]}'
    )
    assert how_to_go_on(trainer, str(paths['given'])).startswith(str(paths['given']))
