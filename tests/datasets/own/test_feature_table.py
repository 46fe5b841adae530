"""What is wrong with a table of numbers is said with line and column."""

from __future__ import annotations

from pathlib import Path

import pytest
from own_features import drawn, rows_of, write_csv

from dann.core.errors import UserError
from dann.datasets import FeatureTable
from dann.datasets.own.feature_table import as_number, is_feature_table, names_features, read_cells


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))


def changed(folder: Path, row: int, column: int, text: str) -> str:
    rows = rows_of(drawn())
    rows[row][column] = text
    return str(write_csv(folder, rows))


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        (
            '3,5',
            "column 'f2' in line 4 of .* is '3,5' and not a number; mend it or delete the line or the column",
        ),
        ('', "column 'f2' in line 4 of .* is '' and not a number"),
        ('1_000', 'not a number'),
        ('NaN', "is 'NaN' and not a finite number"),
        ('1e39', 'not a finite number in float32'),
    ],
)
def test_a_cell_that_is_no_number(tmp_path: Path, text: str, words: str) -> None:
    domain = FeatureTable(changed(tmp_path, 3, 2, text), 'a')
    with pytest.raises(UserError, match=words):
        domain.prepare()


def test_a_constant_column_is_allowed(tmp_path: Path) -> None:
    rows = rows_of(drawn())
    path = write_csv(tmp_path, [['one', *rows[0]], *(['1', *row] for row in rows[1:])])
    domain = FeatureTable(str(path), 'a')
    assert domain.feature_names == ('one', 'f0', 'f1', 'f2', 'f3', 'f4')
    assert (domain.images('train')[:, 0] == 1).all()


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        (
            'f0,label\n1,x\n',
            'has the columns f0, label; its columns are domain, label, split if there is one',
        ),
        ('domain,label\na,x\n', 'has the columns domain, label; its columns'),
        ('', 'has the columns none; its columns'),
        ('domain,label,f0,f0\na,x,1,2\n', "has the column 'f0' twice; rename one"),
        ('domain,label,f0\na,x,1\na,x\n', 'line 3 of .* has 2 cells and the header 3; put cells'),
        ('domain,label,f0\na,x,1\n,x,2\n', 'line 3 of .* lacks a domain; fill it in'),
        ('domain,label,f0\n', 'has no domain'),
        ('domain,f0\na,1\n', 'no domain of .* has labels'),
    ],
)
def test_a_table_that_is_none_of_features(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / 'feats.csv').write_text(content)
    with pytest.raises(UserError, match=words):
        FeatureTable(str(tmp_path / 'feats.csv'), 'a')


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r'cannot read .*none\.csv \(No such file or directory\)'):
        read_cells(tmp_path / 'none.csv')
    assert not is_feature_table(tmp_path / 'none.csv')


def test_a_column_of_files_makes_it_a_table_of_images() -> None:
    assert names_features(['f0', 'Domain', 'label'])
    assert not names_features(['Path', 'domain', 'label', 'f0'])
    assert not names_features(['image', 'domain', 'label'])
    assert not names_features(['domain', 'label', 'split'])


def test_names_and_spaces_are_read_as_they_are_meant(tmp_path: Path) -> None:
    (tmp_path / 'feats.csv').write_text(
        '\ufeff Domain , LABEL, f0 \n a , x , 1.5 \n\n b,x,-2e-3\n', encoding='utf-8'
    )
    cells = read_cells(tmp_path / 'feats.csv')
    assert cells.header == ('domain', 'label', 'f0')
    assert cells.rows == (('a', 'x', '1.5'), ('b', 'x', '-2e-3'))
    assert cells.lines == (2, 4)
    assert cells.column('split') == ['', '']


def test_numbers_are_those_that_a_spreadsheet_writes() -> None:
    assert [as_number(text) for text in ('1', '-2.5e3', '0.5')] == [1, -2500, 0.5]
    assert [as_number(text) for text in ('x', '', '1 2', '1_000')] == [None] * 4


def test_a_table_as_pandas_writes_it_with_other_delimiters(tmp_path: Path) -> None:
    rows = rows_of(drawn())
    label = rows[0].index('label')
    plain = FeatureTable(str(write_csv(tmp_path, rows)), 'a')
    known = plain.images('train')
    for row in rows[1:]:
        row[label] = '-1' if row[rows[0].index('domain')] == 'b' else row[label]
    path = write_csv(
        tmp_path, [['', *rows[0]], *([str(number), *row] for number, row in enumerate(rows[1:]))]
    )
    path.write_text(path.read_text().replace(',', ';'))
    assert is_feature_table(path)
    domain = FeatureTable(str(path), 'a')
    assert domain.feature_names == plain.feature_names
    assert (domain.images('train') == known).all()
    assert not FeatureTable(str(path), 'b').labelled
