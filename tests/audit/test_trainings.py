"""The trainings of an audit: each with a first stage of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from audited import ready, small
from harness import write
from torch import Tensor, nn

from dann.audit.rows import rows
from dann.audit.trainings import STAGE, Trainings
from dann.audit.weights import differing
from dann.core.pretraining import Pretraining
from dann.networks.backbone import Backbone

asked: list[int] = []


class Moody(Pretraining):
    """Asks for something else in each training."""

    def loss(self, backbone: Backbone, head: nn.Module, images: Tensor) -> Tensor:
        """Return a multiple of the features that grows from step to step, over all trainings."""
        asked.append(len(images))
        value: Tensor = (head(backbone(images)) - len(asked)).square().mean()
        return value


@pytest.fixture
def trainings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Those of a row with a first stage, by the stage's name."""
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))
    asked.clear()

    def made(stage: str) -> Trainings:
        row = {'pretraining': {'class_path': stage, 'init_args': {'batch_size': 500}}}
        (found,) = rows(write(tmp_path, methods={'staged': row}, seeds=1))
        return Trainings(found.config, small(ready()))

    return made


def test_a_stage_that_does_not_repeat_itself_is_found_out(trainings: Any, tmp_path: Path) -> None:
    run = trainings(f'{__name__}.Moody')
    one, other = run.fit(), run.fit(anew=True)
    assert differing(one.after, other.after)
    assert not (tmp_path / 'cache' / 'pretrained').exists()


def test_it_takes_few_steps_on_no_more_images_than_there_are(trainings: Any) -> None:
    trainings(f'{__name__}.Moody').fit()
    assert asked == [32] * STAGE


def test_one_that_does_is_not(trainings: Any) -> None:
    run = trainings('Rotation')
    one, other = run.fit(), run.fit(anew=True)
    assert not differing(one.after, other.after)
    assert any(not torch.equal(value, one.after[name]) for name, value in one.before.items())
