"""Source accuracy."""

from __future__ import annotations

import numpy as np
import pytest
import references as ref
import torch
from draws import draw
from validator_checks import outputs

from dann.validators.source_accuracy import SourceAccuracy


def test_against_the_formula() -> None:
    logits = draw(33, 4)
    labels = torch.randint(4, (33,), generator=torch.Generator().manual_seed(1))
    expected = ref.accuracy(logits.numpy(), labels.numpy().astype(np.int64))
    assert 0 < expected < 1
    got = SourceAccuracy().score(outputs(logits, labels), outputs(draw(5, 4)))
    assert got == pytest.approx(expected, rel=1e-6)
