"""DIRT-T: its teacher, its rounds and its two stages."""

from __future__ import annotations

from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from draws import draw_wide
from torch import Tensor
from training import fit, make, module, moved, pair, weights

from dann.methods.training.dirt_t import DIRTT, staying_close


def test_staying_close_moves_the_student_alone() -> None:
    teacher, student = draw_wide(5, 3, seed=1).requires_grad_(), draw_wide(5, 3, seed=2).requires_grad_()
    loss = staying_close(teacher, student)
    assert torch.autograd.grad(loss, teacher, allow_unused=True, retain_graph=True)[0] is None
    torch.testing.assert_close(
        torch.autograd.grad(loss, student)[0], (student.softmax(1) - teacher.softmax(1)).detach() / 5
    )
    with pytest.raises(ValueError, match=r'one shape \(B, C\), got \(4, 3\) and \(5, 3\)'):
        staying_close(draw_wide(4, 3), draw_wide(5, 3))


class Teachers(pl.Callback):
    """Keeps the weights of the teacher at every step, and those of the average after it."""

    def __init__(self) -> None:
        self.teachers: list[list[Tensor]] = []
        self.averages: list[list[Tensor]] = []

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *_: Any) -> None:
        assert isinstance(pl_module, DIRTT)
        self.teachers.append(weights(pl_module.teacher))
        self.averages.append(weights(pl_module.average.network))


def test_dirt_t_replaces_its_teacher_each_round_and_trains_without_the_source() -> None:
    model, watch = module(make('DIRTT', rounds=2)), Teachers()
    fit(model, epochs=4, callbacks=[watch])
    assert model.meter.means.keys() == {'loss/teacher', 'loss/vat', 'loss/entropy'}
    changes = [n for n in range(1, 20) if moved(watch.teachers[n - 1], watch.teachers[n])]
    assert changes == [10, 15]
    for step in changes:
        assert not moved(watch.teachers[step], watch.averages[step - 1])


def test_dirt_t_uses_few_labels_in_both_stages() -> None:
    model = module(make('DIRTT'))
    fit(model, pair(shots=1), epochs=2)
    assert {'loss/shots', 'loss/teacher'} <= model.meter.means.keys()


@pytest.mark.parametrize(
    ('name', 'options', 'message'),
    [
        ('DIRTT', {'source_share': 1.0}, '`source_share` between 0 and 1, got 1.0'),
        ('DIRTT', {'teacher_weight': -1}, '`teacher_weight` of at least 0'),
        ('DIRTT', {'rounds': 0}, '`rounds` of at least 1'),
    ],
)
def test_bad_arguments(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module(make(name, **options))
