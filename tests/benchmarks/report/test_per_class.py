"""Changes by class, from confusion matrices worked out by hand."""

from pathlib import Path

import numpy as np
import pytest
from benchmarks_fake import write_folder
from figures import leave_out_pdf

from dann.benchmarks.report.per_class import ClassChange, class_changes, class_chart, in_words, shown
from dann.benchmarks.report.table_builder import build_table
from dann.benchmarks.results.opened import Results


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_out_pdf(monkeypatch)


BEFORE = [[8, 2, 0], [5, 5, 0], [0, 0, 4]]
AFTER = [[6, 4, 0], [1, 9, 0], [0, 0, 4]]


def changes(root: Path, classes: list[str]) -> list[ClassChange]:
    folder = write_folder(root, {'source_only': [0.6, 0.6], 'dann': [0.8]}, pictures=False)
    results = Results.open(folder)
    for path in results.jobs:
        counts = np.array(AFTER if 'dann' in path.name else BEFORE)
        # a seed that only source-only has, where all is wrong
        np.save(path / 'confusion.npy', counts if 'seed0' in path.name else np.rot90(counts))
    return class_changes(results, build_table(results.records, results.benchmark), classes)


def test_common_seeds_are_compared_class_by_class(tmp_path: Path) -> None:
    found = changes(tmp_path, ['a', 'b', 'c'])
    assert [each.name for each in found] == ['b', 'c', 'a']
    assert [each.change for each in found] == pytest.approx([0.4, 0, -0.2])
    assert [each.count for each in found] == [10, 4, 10]
    assert (
        in_words(found, 'dann')
        == 'dann gains most on b (+40.0); loses most on a (-20.0); 1 of 3 is as before.'
    )
    assert [each.name for each in changes(tmp_path / 'other', [])] == ['1', '2', '0']


def test_without_matrices_nothing_is_compared(tmp_path: Path) -> None:
    results = Results.open(write_folder(tmp_path, {'source_only': [0.6], 'dann': [0.8]}, pictures=False))
    assert class_changes(results, build_table(results.records, results.benchmark), []) == []


def test_of_many_classes_either_end_is_drawn() -> None:
    many = [ClassChange(str(index), 0.5, 0.9 - index / 100, 10) for index in range(40)]
    drawn = shown(many)
    assert [each.name for each in drawn] == [*map(str, range(12)), *map(str, range(28, 40))]
    svg = class_chart(drawn, 'dann')['svg']
    assert svg.count(b'>100</text>') == 1
    assert b'>120</text>' not in svg
