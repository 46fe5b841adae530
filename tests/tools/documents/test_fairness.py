"""The page of groups, from made-up results."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks_fake import write_folder
from fairness_fake import write_grouped

from dann.core.errors import RunError
from tools.documents import keep_results
from tools.documents.fairness import fairness_page, has_groups


def test_the_page_holds_the_tables_and_how_they_were_measured(tmp_path: Path) -> None:
    assert keep_results(write_grouped(tmp_path / 'run'), tmp_path) == [
        tmp_path / 'results' / 'fairness' / 'day-to-night.json'
    ]
    page = fairness_page(tmp_path)
    assert '## Day to night\n\n400 steps a run.' in page
    assert '| dann ' in page
    assert 'Measured with `dann benchmark day-to-night`; 2 cores' in page


def test_a_run_without_groups_is_none(tmp_path: Path) -> None:
    assert not has_groups(write_folder(tmp_path, {'source_only': (0.6,)}, pictures=False))
    assert fairness_page(tmp_path).endswith('Nothing is measured yet.\n')


def test_a_corrupt_file_is_named(tmp_path: Path) -> None:
    (path,) = keep_results(write_grouped(tmp_path / 'run'), tmp_path)
    path.write_text('{}')
    with pytest.raises(RunError, match=r'cannot read .*day-to-night\.json .*; write it anew with'):
        fairness_page(tmp_path)
