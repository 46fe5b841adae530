"""What each source is worth."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks_fake import table_of

from dann.benchmarks.report.left_out import left_out, write

ALL = {'source_only': [0.5, 0.6, 0.7], 'dann': [0.7, 0.7, 0.7]}
WITHOUT_A = {'source_only': [0.4, 0.5, 0.6], 'dann': [0.8, 0.8, 0.8]}
WITHOUT_B = {'source_only': [0.5, 0.8, 0.6]}
TABLES = {
    'all-sources': table_of(ALL),
    'without-a': table_of(WITHOUT_A),
    'without-b': table_of(WITHOUT_B),
}


def test_changes_are_paired_by_seed() -> None:
    first, second = left_out(TABLES)
    assert first.method == 'source_only'
    assert first.whole.mean == pytest.approx(0.6)
    without_a = first.without['a']
    assert without_a is not None
    assert without_a.mean == pytest.approx(-0.1)
    assert without_a.half_width == pytest.approx(0, abs=1e-9)
    assert second.without['b'] is None


def test_the_table_says_which_source_helps(tmp_path: Path) -> None:
    text = write(tmp_path, TABLES)
    assert '| source_only | 60.0 ± 24.8 | -10.0 ± 0.0* | +3.3 ± ' in text
    assert '+10.0 ± 0.0* | —' in text
    assert 'below 0 the source helps' in text
    assert (tmp_path / 'sources.md').read_text() == text
    [row, _] = json.loads((tmp_path / 'sources.json').read_text())
    assert row['without']['a']['mean'] == pytest.approx(-0.1)
