"""What Lightning refuses is said in one line; what went wrong elsewhere passes."""

from __future__ import annotations

import pytest
import pytorch_lightning as pl
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint
from pytorch_lightning.utilities.exceptions import MisconfigurationException  # type: ignore[attr-defined]

from dann.core.errors import UserError
from dann.engine.lightning_words import in_one_line


def trainer() -> pl.Trainer:
    return pl.Trainer(logger=False, enable_checkpointing=False, accelerator='cpu')


def test_a_device_that_is_not_there() -> None:
    with (
        pytest.raises(UserError, match=r'no gpu that can be used; pass --trainer.accelerator auto'),
        in_one_line(),
    ):
        raise MisconfigurationException('No supported gpu backend found!')


def test_a_score_that_was_not_logged_is_compared_with_those_that_were() -> None:
    made = trainer()
    made._logger_connector._callback_metrics = {'loss/source': 1.0, 'loss/domain': 2.0}  # type: ignore[dict-item]
    with (
        pytest.raises(UserError, match="unknown score 'loss/sorce'; did you mean 'loss/source'"),
        in_one_line(),
    ):
        EarlyStopping('loss/sorce')._validate_condition_metric(made.callback_metrics)
    said = "`ModelCheckpoint(monitor='a')` could not find the monitored key in the returned metrics: ['x', 'y']. HINT"
    with pytest.raises(UserError, match="unknown score 'a'; choose from x, y"), in_one_line():
        raise MisconfigurationException(said)


def test_other_refusals_are_one_line() -> None:
    with pytest.raises(UserError, match=r'^`max_epochs` must be'), in_one_line():
        pl.Trainer(max_epochs=-3, accelerator='cpu')
    with pytest.raises(UserError, match='`mode` can be'), in_one_line():
        ModelCheckpoint(monitor='a', mode='median')


@pytest.mark.parametrize('error', [RuntimeError('sizes differ'), ValueError('of a loss'), KeyError('x')])
def test_other_errors_pass(error: Exception) -> None:
    with pytest.raises(type(error)), in_one_line():
        raise error
