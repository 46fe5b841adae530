"""What would break the plan of a run is refused with what to set in its place."""

from __future__ import annotations

from typing import Any

import pytest
import pytorch_lightning as pl
from training import fit, make, module, pair

from dann.core.errors import UserError

QUIET: dict[str, Any] = {
    'logger': False,
    'enable_checkpointing': False,
    'enable_progress_bar': False,
    'enable_model_summary': False,
    'accelerator': 'cpu',
}


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        ({'fast_dev_run': True}, 'pass --data.steps_per_epoch 1 --trainer.max_epochs 1'),
        ({'accumulate_grad_batches': 2}, 'raise --data.batch_size'),
        ({'max_steps': 3, 'max_epochs': 2}, 'pass --trainer.max_epochs and --data.steps_per_epoch'),
        ({'max_epochs': -1}, 'pass --trainer.max_epochs'),
        ({'limit_val_batches': 1}, 'limit_val_batches leaves out a part'),
        ({'limit_val_batches': 0.5}, 'limit_val_batches leaves out a part'),
        ({'limit_test_batches': 2}, 'limit_test_batches leaves out a part'),
        ({'precision': 'bf16-true'}, 'losses need float32'),
    ],
)
def test_a_training_with_another_plan_is_refused(options: dict[str, Any], said: str) -> None:
    trainer = pl.Trainer(**{'max_epochs': 2, **QUIET, **options})
    with pytest.raises(UserError, match=said):
        trainer.fit(module(), pair())


@pytest.mark.parametrize('stage', ['validate', 'test', 'predict'])
def test_a_score_of_a_part_of_a_split_is_refused(stage: str) -> None:
    model = module()
    fit(model)
    name = {
        'validate': 'limit_val_batches',
        'test': 'limit_test_batches',
        'predict': 'limit_predict_batches',
    }[stage]
    given: list[dict[str, Any]] = [{name: 1}, {'fast_dev_run': 1}]
    for option in given:
        with pytest.raises(UserError, match=r'leaves out a part|cuts the plan'):
            getattr(pl.Trainer(**QUIET, **option), stage)(model, pair())


def test_an_evaluation_may_be_left_out_whole() -> None:
    assert fit(module(), trainer={'limit_val_batches': 0}).global_step == 10


@pytest.mark.parametrize('name', ['MLDG', 'SDAT'])
def test_gradients_that_are_not_scaled_are_not_taken_in_half_precision(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(pl.Trainer, 'precision', '16-mixed')  # without a GPU Lightning takes another
    with pytest.raises(
        UserError, match=f'{name} takes gradients that 16-mixed .* --trainer.precision bf16-mixed'
    ):
        fit(module(make(name)))
    fit(module(make('DANN')), epochs=1)
