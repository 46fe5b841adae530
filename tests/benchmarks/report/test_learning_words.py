"""The sentences on rows that did not learn the source."""

from __future__ import annotations

from dataclasses import replace

from benchmarks_fake import table_of

from dann.benchmarks.report.learning_words import not_learned
from dann.benchmarks.report.table import Table
from dann.benchmarks.results.learning import Learned

ROWS = {'source_only': [0.6, 0.6], 'dann': [0.7, 0.7], 'mmd': [0.6, 0.6], 'target_supervised': [0.9, 0.9]}


def table(**learned: Learned) -> Table:
    found = table_of(ROWS)
    rows = (replace(row, learned=learned.get(row.method)) for row in found.rows)
    return replace(found, rows=tuple(rows))


def test_rows_that_learned_the_source_get_no_sentence() -> None:
    assert not_learned(table_of(ROWS)) == []
    assert not_learned(table()) == []


def test_the_rows_are_named_with_their_accuracies() -> None:
    good, weak, late = Learned(0.97, 0.96, 0.97), Learned(0.2, 0.19, 0.2), Learned(0.9, 0.8, 0.9)
    assert not_learned(table(source_only=good, mmd=weak, dann=late)) == [
        'The source was not learned: mmd 20.0 % at best on held-out source samples, where source_only has 97.0 %; '
        'train longer, or lower the weight of the method.',
        'The source was still being learned at the end: dann 80.0 to 90.0 %; train longer.',
    ]


def test_training_on_the_target_need_not_learn_the_source() -> None:
    good, weak = Learned(0.97, 0.96, 0.97), Learned(0.2, 0.1, 0.2)
    assert not_learned(table(source_only=good, target_supervised=weak)) == []
