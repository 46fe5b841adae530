"""The page of ways to fine-tune, from made-up results."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks_fake import write_folder

from dann.core.errors import RunError
from tools.documents import keep_results
from tools.documents.__main__ import main
from tools.documents.strategies import strategies_page

ROWS = {'source_only': (0.60, 0.62), 'dann': (0.70, 0.74)}


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for name in ('head-only', 'all-weights'):
        write_folder(tmp_path / 'runs' / name, ROWS, pictures=False)
    return tmp_path / 'runs'


def test_the_page_holds_the_table_and_how_it_was_measured(runs: Path, tmp_path: Path) -> None:
    docs = tmp_path / 'docs'
    assert keep_results(runs, docs) == [docs / 'results' / 'strategies' / 'day-to-night.json']
    page = strategies_page(docs)
    assert (
        '## Day to night\n\nstreet/day to street/night. 400 steps a run, checkpoints by `val/infomax`.'
        in page
    )
    rows = [
        [cell.strip() for cell in line.split('|')[1:-1]] for line in page.splitlines() if line.startswith('|')
    ]
    assert [row[:4] for row in rows[2:]] == [
        ['head-only', 'source_only', '2', '60.0 ± 12.7'],
        ['head-only', 'dann', '2', '69.0 ± 25.4'],
        ['all-weights', 'source_only', '2', '60.0 ± 12.7'],
        ['all-weights', 'dann', '2', '69.0 ± 25.4'],
    ]
    assert (
        '`dann benchmark day-to-night`; 2 cores, no accelerator; python 3.11.9, torch 2.13.0; commit 0123abc'
        in page
    )
    assert '2 failed jobs' in page  # one in each folder
    assert '`last-blocks`: the last third' in page


def test_without_results_the_page_says_so(tmp_path: Path) -> None:
    assert strategies_page(tmp_path).endswith('Nothing is measured yet.\n')


def test_a_corrupt_file_is_named(runs: Path, tmp_path: Path) -> None:
    (path,) = keep_results(runs, tmp_path)
    path.write_text('{"lines": []}')
    with pytest.raises(RunError, match=r'cannot read .*day-to-night\.json .*; write it anew with'):
        strategies_page(tmp_path)


def test_the_command_keeps_results_and_writes_the_page(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr('tools.documents.__main__.write_documents', lambda out: [out / 'strategies.md'])
    assert main(['--results', str(runs), '--out', str(tmp_path / 'docs')]) == 0
    kept = tmp_path / 'docs' / 'results' / 'strategies' / 'day-to-night.json'
    assert f'Results: {kept}' in capsys.readouterr().out
