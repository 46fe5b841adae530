"""Batch nuclear norm."""

from __future__ import annotations

import pytest
import references as ref
import torch
from draws import draw
from validator_checks import outputs

from dann.validators.bnm import BNM


@pytest.mark.parametrize('shape', [(9, 4), (3, 7), (2, 2), (64, 31)])
def test_against_the_formula(shape: tuple[int, int]) -> None:
    logits = 3 * draw(*shape)
    got = BNM().score(outputs(draw(4, shape[1], seed=9)), outputs(logits))
    assert got == pytest.approx(ref.bnm(logits.numpy()), rel=1e-7)


def test_one_for_balanced_certainty_with_more_classes_than_samples() -> None:
    view = outputs(1e3 * torch.eye(3, 7, dtype=torch.float64))
    assert BNM().score(view, view) == pytest.approx(1, rel=1e-9)


def test_confident_and_diverse_beats_collapsed() -> None:
    diverse = outputs(20 * torch.eye(4, dtype=torch.float64).repeat(3, 1))
    collapsed = outputs(20 * torch.eye(4, dtype=torch.float64)[:1].repeat(12, 1))
    assert BNM().score(diverse, diverse) > BNM().score(collapsed, collapsed)
