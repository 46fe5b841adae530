"""Mistakes are those of the best row, named by their classes."""

from pathlib import Path

import numpy as np
import pytest
from benchmarks_fake import write_folder
from figures import leave_out_pdf

from dann.benchmarks.report.mistakes import mistake_sheet, mistakes
from dann.benchmarks.report.table import Table
from dann.benchmarks.report.table_builder import build_table
from dann.benchmarks.results.opened import Results


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_out_pdf(monkeypatch)


def opened(root: Path, *, left: bool = True) -> tuple[Results, Table]:
    results = Results.open(write_folder(root, {'source_only': [0.6], 'dann': [0.8, 0.81]}, pictures=False))
    for path in results.jobs:
        if left:
            seed = int('seed1' in path.name)
            np.save(path / 'confusion.npy', np.array([[7, 3], [1, 9]]))
            np.savez(
                path / 'mistakes.npz',
                images=np.full((3, 1, 4, 4), 100 * ('dann' in path.name) + seed, np.uint8),
                index=np.array([3, 9, 4]),
                true=np.array([0, 0, 1]),
                predicted=np.array([1, 1, 0]),
                confidence=np.array([0.9, 0.6, 0.55]),
            )
    return results, build_table(results.records, results.benchmark)


def test_mistakes_of_the_best_rows_first_seed_are_named(tmp_path: Path) -> None:
    first, second = mistakes(*opened(tmp_path), ['day', 'night'])
    assert (first.name, first.counted, second.counted) == ('day', '3 of 10 wrong', '1 of 10 wrong')
    assert [(each.predicted, each.confidence) for each in first.mistakes] == [('night', 0.9), ('night', 0.6)]
    assert all(int(each.image.max()) == 100 for each in (*first.mistakes, *second.mistakes))
    assert first.mistakes[0].png.startswith(b'\x89PNG')
    assert [each.name for each in mistakes(*opened(tmp_path / 'unnamed'), [])] == ['0', '1']


def test_a_folder_of_an_earlier_version_has_none(tmp_path: Path) -> None:
    assert mistakes(*opened(tmp_path, left=False), ['day', 'night']) == []


def test_the_sheet_says_what_each_is_taken_for(tmp_path: Path) -> None:
    svg = mistake_sheet(mistakes(*opened(tmp_path), ['day', 'abcdefghijklmnopqrst']))['svg'].decode()
    assert svg.count('abcdefghijklmno… ') == 2
    assert '>day 55 %<' in svg
    assert '3 of 10 wrong' in svg
