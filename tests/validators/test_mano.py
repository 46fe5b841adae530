"""Matrix norm of normalised logits."""

from __future__ import annotations

import math

import pytest
import references_validators_b as ref
import torch
from draws import draw
from validator_checks import outputs

from dann.validators.mano import MaNo, matrix_norm, miscalibration, taylor_softmax


@pytest.mark.parametrize('shape', [(9, 4), (3, 7), (2, 2), (64, 31)])
@pytest.mark.parametrize('threshold', [0, 5, 1e9])
def test_against_the_formula(shape: tuple[int, int], threshold: float) -> None:
    logits = 3 * draw(*shape)
    expected = ref.mano(logits.numpy(), 4, threshold)
    assert matrix_norm(logits, 4, threshold) == pytest.approx(expected, rel=1e-9)


def test_the_validator_scores_the_target() -> None:
    logits = 3 * draw(9, 4)
    got = MaNo(power=2, threshold=0).score(outputs(draw(5, 4, seed=1)), outputs(logits))
    assert got == pytest.approx(ref.mano(logits.numpy(), 2, 0))


def test_certainty_is_the_bound_and_ignorance_one_over_c() -> None:
    certain, equal = 200 * torch.eye(4), torch.zeros(9, 4)
    assert matrix_norm(certain, threshold=0) == pytest.approx(4 ** (-1 / 4))
    for threshold in (0, 5):
        assert matrix_norm(equal, threshold=threshold) == pytest.approx(1 / 4)


def test_the_criterion_chooses_the_normalisation() -> None:
    mild, sharp = 3 * draw(40, 4), 60 * draw(40, 4)
    assert miscalibration(torch.zeros(3, 4)) == pytest.approx(math.log(4))
    assert miscalibration(mild) < 5 < miscalibration(sharp)
    assert matrix_norm(mild) == matrix_norm(mild, threshold=math.inf) != matrix_norm(mild, threshold=0)
    assert matrix_norm(sharp) == matrix_norm(sharp, threshold=0) != matrix_norm(sharp, threshold=math.inf)


def test_taylor_rows_are_distributions() -> None:
    rows = taylor_softmax(torch.cat([3 * draw(50, 6), torch.ones(2, 6)]))
    assert (rows >= 0).all()
    assert torch.allclose(rows.sum(dim=1), torch.ones(52, dtype=torch.float64))


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    logits = 3 * draw(50, 6)
    whole = matrix_norm(logits)
    monkeypatch.setattr('dann.validators.mano.BLOCK', 7)
    assert matrix_norm(logits) == pytest.approx(whole, rel=1e-12)


def test_a_power_below_one_is_no_norm() -> None:
    with pytest.raises(ValueError, match=r'power.*0\.5'):
        MaNo(power=0.5)
