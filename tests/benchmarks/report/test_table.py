"""Which rows of a table stand for what, and that its tests are made once."""

import pytest
from benchmarks_fake import table_of

from dann.benchmarks.report.table import all_rules, mean
from dann.stats import paired


def test_rows_are_found_by_what_they_are() -> None:
    table = table_of()
    assert table.baseline is not None
    assert table.ceiling is not None
    assert table.best is not None
    assert (table.baseline.method, table.ceiling.method, table.best.method) == (
        *('source_only', 'target_supervised', 'fda+dann'),
    )
    assert {'source_only', 'target_supervised'}.isdisjoint(row.method for row in table.adapted)
    assert len(table.adapted) == 7
    assert not table.published


def test_a_method_on_target_labels_is_no_ceiling_unless_it_is_a_reference() -> None:
    table = table_of({'source_only': [0.6], 'dann': [0.7]})
    assert table.ceiling is None
    assert table_of({'target_supervised': [0.9]}).best is None


def test_tests_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    original = paired.bootstrap_interval

    def counted(values: list[float]) -> tuple[float, float]:
        calls.append(len(values))
        return original(values)

    monkeypatch.setattr(paired, 'bootstrap_interval', counted)
    table = table_of({'source_only': [0.6, 0.62], 'dann': [0.8, 0.81], 'mmd': [0.7, 0.71]})
    assert table.comparisons is table.comparisons
    assert calls == [2, 2]
    assert [each.method for each in table.comparisons] == ['dann', 'mmd']


def test_rules_are_named_once() -> None:
    assert all_rules('val/snd') == ('last', 'val/snd', 'oracle')
    assert all_rules('last') == ('last', 'oracle')


def test_the_mean_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match='expected an estimate, got none'):
        mean(None)
