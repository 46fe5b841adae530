"""Results that are kept for the documents."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from kept_results import BASE, NEAR

from dann.core.errors import RunError, UserError
from tools.documents import keep_results
from tools.documents.kept import Kept, anywhere, read_results


def test_numbers_are_kept_to_the_last_digit(docs: Path, kept: list[Kept]) -> None:
    row = next(row for row in kept[0].rows if row.method == 'dann')
    main = row.accuracies['val/infomax']
    assert main is not None
    assert main.mean == pytest.approx(np.mean(NEAR['dann']) - 0.03)
    assert row.difference is not None
    assert row.difference.mean == pytest.approx(np.mean(NEAR['dann']) - np.mean(BASE) - 0.02)
    assert row.difference.n == 3


def test_results_that_are_missing_or_corrupt(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r'no results of several benchmarks in .*; run `dann benchmark catalogue'
    ):
        keep_results(tmp_path, tmp_path / 'docs')
    (tmp_path / 'results').mkdir()
    (tmp_path / 'results' / 'catalogue-sim-to-real-scratch.json').write_text('{"rows": []}')
    with pytest.raises(
        RunError, match=r'cannot read .*catalogue-sim-to-real-scratch\.json .*; write it anew with'
    ):
        read_results(tmp_path)


def test_a_kept_command_names_no_folder_of_the_machine(tmp_path: Path) -> None:
    assert anywhere('dann reproduce x --out /home/me/x --seeds 3') == 'dann reproduce x --seeds 3'
    assert anywhere('dann benchmark x --out=runs/y') == 'dann benchmark x'
    assert anywhere(None) is None
