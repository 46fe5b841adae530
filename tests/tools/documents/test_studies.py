"""The page of studies, from made-up results."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks_fake import write_folder

from dann.benchmarks.results.records import read, rewrite
from dann.core.errors import RunError, UserError
from tools.documents.__main__ import main
from tools.documents.studies import keep_study, studies_page

ROWS = {'source_only': (0.60, 0.62), 'dann': (0.70, 0.74)}


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return write_folder(tmp_path / 'runs', ROWS, pictures=False)


def test_a_benchmark_is_kept_as_a_short_table(runs: Path, tmp_path: Path) -> None:
    assert keep_study('two-sources', runs, tmp_path) == tmp_path / 'results' / 'studies' / 'two-sources.json'
    page = studies_page(tmp_path)
    assert '## Two sources\n' in page
    assert '| dann ' in page
    assert 'Brackets hold both values' in page
    assert (
        '400 steps a run, checkpoints by `val/infomax`. Measured with `dann benchmark day-to-night`' in page
    )


def test_unseen_domains_have_a_table_below_it(runs: Path, tmp_path: Path) -> None:
    keep_study('plain', runs, tmp_path)
    assert 'no training saw' not in studies_page(tmp_path)
    for path in runs.glob('jobs/*/records.jsonl'):
        found = read(path)
        for record in found:
            record['scores']['oracle/unseen/mnist/accuracy'] = 0.25
        rewrite(path, found)
    keep_study('beyond', runs, tmp_path)
    page = studies_page(tmp_path)
    assert '| method      | mnist' in page
    assert '- Beyond the target, on mnist, of 1 row against source-only: ' in page


def test_a_first_stage_is_compared_with_the_same_row_without(tmp_path: Path) -> None:
    finals = {
        'source_only': (0.50, 0.52, 0.51),
        'source_only+odd': (0.50, 0.54, 0.49),
        'dann': (0.60, 0.63, 0.61),
        'dann+odd': (0.80, 0.84, 0.82),
        'alone+odd': (0.60, 0.60, 0.60),
    }
    stage = {'pretraining': 'Odd'}
    rows = {
        'source_only': {},
        'source_only+odd': stage,
        'dann': {'alignment': 'DANN'},
        'dann+odd': {'alignment': 'DANN', **stage},
        'alone+odd': {'alignment': 'MMD', **stage},
    }
    root = write_folder(tmp_path / 'runs', finals, benchmark={'methods': rows}, pictures=False)
    keep_study('staged', root, tmp_path)
    said = [line for line in studies_page(tmp_path).splitlines() if line.startswith('- ')]
    # at the chosen step source-only is 0.01 below its final accuracy, and all others 0.03; half of a width is
    # 4.303 s / sqrt 3
    assert said == [
        '- source_only+odd against source_only: -2.0 ± 5.0 points, no difference shown; the stage took 0 s a seed '
        'on this machine.',
        '- dann+odd against dann: +20.7 ± 1.4 points, better; the stage took 0 s a seed on this machine.',
    ]


def test_what_a_study_wrote_is_kept_as_it_is(runs: Path, tmp_path: Path) -> None:
    write_folder(runs / 'all-sources', ROWS, pictures=False)
    (runs / 'sources.md').write_text('**what each source is worth**\n')
    keep_study('left-out', runs, tmp_path)
    assert '**what each source is worth**' in studies_page(tmp_path)


def test_without_results_there_is_a_line(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        keep_study('none', tmp_path / 'nowhere', tmp_path)


def test_a_corrupt_file_is_named(runs: Path, tmp_path: Path) -> None:
    keep_study('two', runs, tmp_path).write_text('{}')
    with pytest.raises(RunError, match=r'cannot read .*two\.json .*; write it anew with'):
        studies_page(tmp_path)


def test_the_command_keeps_a_study(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr('tools.documents.__main__.write_documents', lambda out: [out / 'studies.md'])
    assert main(['--study', 'two', str(runs), '--out', str(tmp_path / 'docs')]) == 0
    assert f'Study: {tmp_path / "docs" / "results" / "studies" / "two.json"}' in capsys.readouterr().out
