"""What is printed of a table, cell by cell."""

from typing import Any

import pytest
from benchmarks_fake import ROWS, records_of, table_of, with_source

from dann.benchmarks.report.sheet import Line, Sheet, sheet
from dann.benchmarks.report.table_builder import build_table
from dann.benchmarks.report.verdicts import notes

ASKED: dict[str, Any] = {
    'title': 'Day to night',
    'source': 'street/day',
    'target': 'street/night',
    'seeds': [0, 1, 2],
    'select': 'val/infomax',
}


@pytest.fixture(scope='module')
def printed() -> Sheet:
    return sheet(table_of(None, **ASKED))


def line_of(printed: Sheet, method: str) -> Line:
    return next(line for line in printed.lines if line.row.method == method)


def test_a_line_by_hand(printed: Sheet) -> None:
    # the numbers are worked out in test_table_builder
    line = line_of(printed, 'mmd')
    assert line.texts == [
        *('mmd', 'MMD', '72.0 ± 6.6', '69.0 ± 6.6', '70.0 ± 6.6'),
        *('+8.0 ± 2.5', 'better', '26 %', '3'),
    ]
    assert line.marked_texts == [*line.texts[:5], '**+8.0 ± 2.5**', *line.texts[6:]]
    assert [entry.value for entry in line.entries] == pytest.approx(
        [0.72, 0.69, 0.70, 0.08, 0.08, 0.08 / 0.31, 3]
    )
    assert [entry.kind for entry in line.entries] == ['', '', '', 'better', 'better', '', '']
    assert printed.columns == (
        *(
            'method',
            'family',
            'last',
            'val/infomax',
            'oracle',
            'vs source-only',
            'verdict',
            'gap closed',
            'n',
        ),
    )


@pytest.mark.parametrize(('method', 'kind'), [('reinhard', 'worse'), ('coral', 'no'), ('source_only', 'not')])
def test_the_page_is_told_the_verdict(printed: Sheet, method: str, kind: str) -> None:
    assert line_of(printed, method).entries[3].kind == line_of(printed, method).entries[4].kind == kind
    assert line_of(printed, method).entries[3].bold == (kind == 'worse')


def test_rows_that_use_target_labels_are_named_so(printed: Sheet) -> None:
    assert line_of(printed, 'target_supervised').texts[0] == 'target_supervised (uses target labels)'
    assert line_of(printed, 'dann').texts[0] == 'dann'


def test_the_grid_has_the_heading_first(printed: Sheet) -> None:
    assert printed.grid[0] == list(printed.columns)
    assert printed.grid[1:] == [line.marked_texts for line in printed.lines]


def test_differences_are_given_under_every_rule(printed: Sheet) -> None:
    assert printed.differences[0] == ['method', 'last', 'val/infomax', 'oracle']
    assert ['coral', '+5.0 ± 6.6', '+3.0 ± 6.6', '+5.0 ± 6.6'] in printed.differences
    assert ['mmd', '**+10.0 ± 2.5**', '**+8.0 ± 2.5**', '**+10.0 ± 2.5**'] in printed.differences
    assert 'source_only' not in [row[0] for row in printed.differences]


SOURCE = {
    'source_only': (0.98, 0.97, 0.99),
    'dann': (0.95, 0.95, 0.95),
    'mmd': (0.97, 0.98, 0.98),
    'fda': (1.0, 1.0, 1.0),
}


def test_forgetting_gets_a_column_by_hand() -> None:
    # at step 300: dann (-.04 -.03 -.05); mmd (-.02 .00 -.02), s = .011547, half-width .028684; fda (.01 .02 .00)
    rows = {name: ROWS[name][1] for name in (*SOURCE, 'coral', 'target_supervised')}
    printed = sheet(build_table(with_source(records_of(rows), SOURCE), ASKED))
    plain = sheet(build_table(records_of(rows), ASKED))
    place = printed.columns.index('source kept')
    assert printed.columns[:place] + printed.columns[place + 1 :] == plain.columns
    assert printed.columns[place - 1 : place + 2] == ('gap closed', 'source kept', 'n')
    assert {line.row.method: line.texts[place] for line in printed.lines} == {
        'source_only': '98.0 ± 2.5',
        'dann': '-4.0 ± 2.5',
        'mmd': '-1.3 ± 2.9',
        'fda': '+1.0 ± 2.5',
        'coral': '—',
        'target_supervised': '—',
    }
    entries = {line.row.method: line.entries[place - 2] for line in printed.lines}
    assert entries['dann'].value == pytest.approx(-0.04)
    assert [entries[name].kind for name in ('dann', 'mmd', 'coral', 'source_only')] == ['worse', 'no', '', '']
    assert [entries[name].bold for name in ('dann', 'mmd', 'source_only')] == [True, False, False]
    assert entries['source_only'].value is None
    for line, old in zip(printed.lines, plain.lines, strict=True):
        assert line.texts[:place] + line.texts[place + 1 :] == old.texts


def test_incomplete_rows_are_flagged() -> None:
    records = records_of({'source_only': [0.6, 0.62, 0.64], 'dann': [0.8, 0.81]})
    table = build_table(records, ASKED | {'methods': dict.fromkeys(['source_only', 'dann', 'mmd'])})
    complete, partial, absent = sheet(table).lines
    assert [line.texts[-1] for line in (complete, partial, absent)] == ['3', '2 of 3', '0 of 3']
    assert [line.entries[-1].kind for line in (complete, partial)] == ['', 'incomplete']
    assert absent.texts[2:-1] == ['—'] * 6
    assert 'Incomplete: dann has 2 of 3 planned seeds (missing: 2).' in notes(table)
    assert 'Incomplete: mmd has 0 of 3 planned seeds (missing: 0, 1, 2).' in notes(table)


def test_published_figures_get_a_column() -> None:
    records = records_of({'source_only': [0.6, 0.62], 'dann': [0.8, 0.81]})
    found = sheet(build_table(records, ASKED | {'published': {'dann': 76.7}}))
    assert found.columns[-1] == 'paper'
    assert [line.texts[-1] for line in found.lines] == ['—', '76.7'] or [
        line.texts[-1] for line in found.lines
    ] == ['76.7', '—']
    assert not any('published' in note for note in found.notes)
