"""Information maximisation."""

from __future__ import annotations

import pytest
import references as ref
import torch
from draws import draw
from validator_checks import outputs

from dann.validators.infomax import InfoMax


@pytest.mark.parametrize('shape', [(9, 4), (3, 7), (2, 2), (64, 31)])
def test_against_the_formula(shape: tuple[int, int]) -> None:
    logits = 3 * draw(*shape)
    got = InfoMax().score(outputs(draw(4, shape[1], seed=9)), outputs(logits))
    assert got == pytest.approx(ref.infomax(logits.numpy()), rel=1e-9)


def test_confident_and_diverse_beats_collapsed() -> None:
    diverse = outputs(20 * torch.eye(4, dtype=torch.float64).repeat(3, 1))
    collapsed = outputs(20 * torch.eye(4, dtype=torch.float64)[:1].repeat(12, 1))
    assert InfoMax().score(diverse, diverse) > InfoMax().score(collapsed, collapsed) + 1
