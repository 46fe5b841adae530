"""Loss terms are averaged exactly, read in blocks, and a bad one is traced to its step."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from dann.core.errors import RunError
from dann.engine.meter import LossMeter, NonFiniteLossError

NAMES = ('source', 'dann')


def terms(steps: int, seed: int = 0) -> Tensor:
    return torch.randn(steps, len(NAMES), generator=torch.Generator().manual_seed(seed))


def fill(meter: LossMeter, block: Tensor) -> None:
    for row in block:
        meter.update(NAMES, row)


def test_a_reading_is_the_mean_since_the_last_reading() -> None:
    meter, block = LossMeter(), terms(9)
    for first, last in [(0, 4), (4, 5), (5, 9)]:
        fill(meter, block[first:last])
        expected = block[first:last].double().numpy().mean(axis=0)
        assert meter.read(last) == pytest.approx(
            dict(zip(('loss/source', 'loss/dann'), expected, strict=True))
        )


def test_the_means_weigh_every_step_the_same_however_they_were_read() -> None:
    meter, block = LossMeter(), terms(9)
    for first, last in [(0, 6), (6, 7), (7, 9)]:
        fill(meter, block[first:last])
        meter.read(last)
    expected = block.double().numpy().mean(axis=0)
    assert list(meter.means.values()) == pytest.approx(list(expected), rel=1e-12)


def test_small_terms_are_not_lost_beside_large_ones() -> None:
    meter = LossMeter()
    for value in [1e8, 1.0, 1.0]:
        meter.update(('source',), torch.tensor([value]))
    assert meter.read(3)['loss/source'] == pytest.approx((1e8 + 2) / 3, rel=1e-15)


def test_reset_forgets_what_was_read_and_what_was_not() -> None:
    meter = LossMeter()
    fill(meter, terms(3))
    meter.read(3)
    fill(meter, terms(2, seed=1))
    meter.reset()
    assert meter.means == {}
    fresh = terms(4, seed=2)
    fill(meter, fresh)
    meter.read(7)
    assert list(meter.means.values()) == pytest.approx(list(fresh.double().numpy().mean(axis=0)))


@pytest.mark.parametrize('bad', [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize('column', [0, 1])
@pytest.mark.parametrize('step', [21, 23, 25])
def test_a_term_that_is_not_finite_is_traced_to_its_step(step: int, column: int, bad: float) -> None:
    meter = LossMeter()
    fill(meter, terms(20))
    meter.read(20)
    block = terms(5)  # steps 21 to 25
    block[step - 21, column] = bad
    fill(meter, block)
    said = rf'loss/{NAMES[column]} became {bad} at step {step}; lower the learning rate or the weight'
    with pytest.raises(NonFiniteLossError, match=said):
        meter.read(25)


def test_the_first_bad_step_is_named_though_later_ones_are_worse() -> None:
    meter, block = LossMeter(), terms(6)
    block[2, 1] = np.inf
    block[3:] = np.nan
    fill(meter, block)
    with pytest.raises(NonFiniteLossError, match=r'loss/dann became inf at step 3;') as caught:
        meter.read(6)
    assert isinstance(caught.value, RunError)
    assert caught.value.status == 1


def test_taking_a_step_reads_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    meter, block = LossMeter(), terms(3)
    block[1, 0] = np.nan

    def wait(*_: Any, **__: Any) -> None:
        pytest.fail('the host waited for the device')

    with monkeypatch.context() as patch:
        for name in ('item', 'tolist', 'cpu', 'numpy', '__bool__', '__float__', 'to', 'isfinite', 'nonzero'):
            patch.setattr(Tensor, name, wait)
        for row in block.unbind():
            meter.update(NAMES, row)
    with pytest.raises(NonFiniteLossError, match='at step 2'):
        meter.read(3)


def test_the_graph_of_a_step_is_let_go() -> None:
    meter = LossMeter()
    loss = torch.ones(2, requires_grad=True) * 2
    graph = weakref.ref(loss)
    meter.update(NAMES, loss)
    del loss
    assert graph() is None
    assert meter.read(1) == {'loss/source': 2.0, 'loss/dann': 2.0}


def test_stages_with_other_terms_are_averaged_over_the_steps_that_have_them() -> None:
    meter = LossMeter()
    meter.update(('source',), torch.tensor([1.0]))
    meter.update(('source', 'domain'), torch.tensor([3.0, 5.0]))
    meter.update(('entropy',), torch.tensor([7.0]))
    assert meter.read(3) == {'loss/source': 2.0, 'loss/domain': 5.0, 'loss/entropy': 7.0}
    meter.update(('entropy',), torch.tensor([9.0]))
    meter.read(4)
    assert meter.means == {'loss/source': 2.0, 'loss/domain': 5.0, 'loss/entropy': 8.0}
