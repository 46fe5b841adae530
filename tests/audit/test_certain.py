"""A start with certain predictions."""

from __future__ import annotations

from typing import Any

from audited import ready
from training import make, module

from dann.audit.certain import make_certain


def test_certain_predictions_are_certain() -> None:
    data = ready()
    model = module(make('MeanTeacher'), normed=True)
    make_certain(model, pair=data)
    images = data.images['target', 'train'][: data.batch_size].float() / 255
    assert model.network(images).probabilities.amax(dim=1).median() > 0.97
    teacher: Any = model.teacher
    assert teacher.network.head[-1].weight.equal(model.network.head[-1].weight)
