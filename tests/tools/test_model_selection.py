"""The page on model selection, and the figures it is written from."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks_fake import record, write_folder, write_job

from dann.benchmarks.results.records import Record
from dann.core.errors import RunError
from tools.documents.__main__ import main as write_docs
from tools.documents.model_selection import model_selection
from tools.documents.rankings import keep_rankings, read_rankings


def candidates(benchmark: str, **scores: tuple[float, float]) -> list[Record]:
    """Two evaluations, at 0.5 and 0.8 of target accuracy, with each rule's scores of the two."""
    return [
        record(
            'dann',
            0,
            step,
            benchmark=benchmark,
            run=f'dann-seed0-{benchmark}',
            steps=20,
            scores={
                'oracle/target_val_accuracy': accuracy,
                'oracle/target_test_accuracy': accuracy,
                **{f'val/{name}': pair[place] / 10 for name, pair in scores.items()},
            },
        )
        for place, (step, accuracy) in enumerate([(10, 0.5), (20, 0.8)])
    ]


RISING, FALLING = (1.0, 2.0), (2.0, 1.0)
THREE = [
    *candidates('one', good=RISING, odd=FALLING, source_accuracy=FALLING),
    *candidates('two', good=RISING, odd=FALLING, source_accuracy=RISING),
    *candidates('three', good=FALLING, odd=RISING, source_accuracy=RISING),
]


def suite(root: Path) -> Path:
    for name in ('one', 'two', 'three'):
        folder = write_folder(root / name, {}, pictures=False)
        write_job(folder, [each for each in THREE if each['benchmark'] == name], pictures=False)
    return root


def test_the_page_is_written_from_what_was_kept(tmp_path: Path) -> None:
    keep_rankings([suite(tmp_path / 'runs')], tmp_path)
    found = read_rankings(tmp_path)
    assert found is not None
    assert found.chosen['regret'] == 'last'
    page = model_selection(found, 'val/good')
    assert '| three    | 2          | `last` 0.0       | `val/good` 30.0' in page
    assert 'Such rules: by regret none; by weighted Spearman none; so it stays.' in page
    assert '### All benchmarks' in page


def test_a_default_that_is_beaten_on_every_benchmark_is_called_beaten(tmp_path: Path) -> None:
    for name in ('one', 'two', 'three'):
        folder = write_folder(tmp_path / 'runs' / name, {}, pictures=False)
        write_job(folder, candidates(name, good=RISING, odd=FALLING, source_accuracy=RISING), pictures=False)
    keep_rankings([tmp_path / 'runs'], tmp_path)
    found = read_rankings(tmp_path)
    page = model_selection(found, 'val/odd')
    assert 'by regret `last`, `val/good`, `val/source_accuracy`' in page
    assert 'which is a reason to change it' in page


def test_without_figures_the_page_says_so(tmp_path: Path) -> None:
    assert read_rankings(tmp_path) is None
    assert 'Not measured yet' in model_selection(None, 'val/infomax')


def test_a_corrupt_file_names_the_command(tmp_path: Path) -> None:
    (tmp_path / 'results').mkdir()
    (tmp_path / 'results' / 'model-selection.json').write_text('{')
    with pytest.raises(RunError, match=r'write it anew with `python -m tools.documents --rankings DIR`'):
        read_rankings(tmp_path)


def test_the_command_keeps_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = suite(tmp_path / 'runs')
    assert write_docs(['--out', str(tmp_path / 'docs'), '--rankings', str(root)]) == 0
    assert 'Rankings: ' in capsys.readouterr().out
    assert (tmp_path / 'docs' / 'model-selection.md').exists()
