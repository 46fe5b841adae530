"""What each labelled sample loses."""

from __future__ import annotations

import pytest
from importance_checks import losses
from planted_shift import domains

from dann.validators.risks import Loss, check_loss, sample_losses


@pytest.mark.parametrize('loss', ['error', 'cross_entropy'])
def test_the_loss_of_each_sample(loss: Loss) -> None:
    source, _, _ = domains(tilt=0.6)
    got = sample_losses(source, loss)
    assert got.shape == (60,)
    assert got == pytest.approx(losses(source, loss), rel=1e-9)
    assert got.mean() > 0


def test_an_unknown_loss_is_named() -> None:
    with pytest.raises(ValueError, match=r"`loss` to be one of \('error', 'cross_entropy'\), got 'squared'"):
        check_loss('squared')
