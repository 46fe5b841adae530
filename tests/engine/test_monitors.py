"""A callback that goes by a score which is not computed is refused before the first step."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import pytorch_lightning as pl
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint
from training import fit, module, pair

from dann.core.errors import UserError
from dann.engine.monitors import check_monitors


class Logs(pl.Callback):
    """A callback of the user's own, which may log what it likes."""


def checked(*callbacks: pl.Callback) -> None:
    trainer: Any = SimpleNamespace(callbacks=callbacks)
    check_monitors(trainer, module())


def test_scores_that_are_computed_are_gone_by() -> None:
    checked(EarlyStopping('val/infomax'), ModelCheckpoint(monitor='loss/source'), ModelCheckpoint())
    checked(EarlyStopping('val/my_own'), Logs())


def test_a_misspelt_score_is_compared_with_those_of_the_run() -> None:
    unknown = r"unknown score 'val/infomx'; did you mean 'val/infomax'\?"
    with pytest.raises(UserError, match=unknown):
        fit(module(), pair(), callbacks=[EarlyStopping('val/infomx')])
    with pytest.raises(UserError, match=unknown):
        checked(ModelCheckpoint(monitor='val/infomx'))


def test_no_callback_goes_by_target_labels() -> None:
    with pytest.raises(
        UserError, match='EarlyStopping cannot go by oracle/target_val_accuracy, which reads target'
    ):
        checked(EarlyStopping('oracle/target_val_accuracy'), Logs())
