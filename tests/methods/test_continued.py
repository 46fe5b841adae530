"""A run continued from a checkpoint inside an interval."""

from __future__ import annotations

from pathlib import Path

import pytest
from training import fit, make, module, same_weights
from watching import SaveInside

OWN = ['AdaBN', 'CAN', 'CBST', 'FixMatch', 'MIC', 'MeanTeacher', 'NRC', 'SHOT', 'TENT']


@pytest.mark.parametrize('name', OWN)
@pytest.mark.parametrize('step', [7, 13])
def test_a_run_continued_inside_an_interval_ends_with_the_same_weights(
    name: str, step: int, tmp_path: Path
) -> None:
    whole, continued = module(make(name)), module(make(name), seed=5)
    fit(whole, epochs=4, callbacks=[SaveInside(tmp_path / 'inside.ckpt', step)])
    fit(continued, epochs=4, ckpt_path=tmp_path / 'inside.ckpt', weights_only=True)
    assert same_weights(whole, continued)
