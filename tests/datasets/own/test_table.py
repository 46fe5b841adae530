"""A table of the user's own images is a domain, and what is wrong with it is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from own_layouts import (
    content,
    rows_below,
    write_table,
)
from photos import CLASSES, write_pair

from dann.core.errors import UserError
from dann.datasets import Table


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_pair(tmp_path / 'photos')


def test_a_table_says_the_splits(root: Path) -> None:
    rows = [
        row | {'split': ['train', 'val', 'TEST'][index % 3]} for index, row in enumerate(rows_below(root))
    ]
    made = content(Table(str(write_table(root, rows)), 'day', size=12))
    assert {len(labels) for _, labels in made.values()} == {10}
    rows[3]['split'] = 'tset'
    with pytest.raises(UserError, match=r"unknown split of .* 'tset'; did you mean 'test'\?"):
        Table(str(write_table(root, rows)), 'day').prepare()


def test_what_is_wrong_with_a_table_is_named(root: Path) -> None:
    rows = rows_below(root)
    renamed = [{'file': row['path'], 'domain': row['domain']} for row in rows]
    with pytest.raises(
        UserError, match="has no column 'path' but file, domain; its columns are path, domain, label"
    ):
        Table(str(write_table(root, renamed)), 'day')
    with pytest.raises(UserError, match=r'line 3 of .* lacks a path or a domain'):
        Table(str(write_table(root, [rows[0], rows[1] | {'domain': ' '}])), 'day')
    gone = [rows[0] | {'path': 'gone.png'}, *rows[1:]]
    with pytest.raises(UserError, match=r'cannot read .*gone.png \(No such file'):
        Table(str(write_table(root, gone)), 'day').prepare()
    half = [rows[0] | {'label': ''}, *rows[1:]]
    with pytest.raises(UserError, match='has no label and others have; label it or take it out'):
        Table(str(write_table(root, half)), 'day').prepare()
    (root / 'table.csv').write_bytes(b'\xff\xfe\x00')
    with pytest.raises(UserError, match='save it as a CSV file in UTF-8'):
        Table(str(root / 'table.csv'), 'day')


def test_a_table_of_excel_is_read(root: Path) -> None:
    path = write_table(root)
    text = path.read_text().replace('path,domain,label', 'Path, Domain,label ')
    path.write_bytes(b'\xef\xbb\xbf' + text.encode())
    assert Table(str(path), 'day', size=12).classes == CLASSES


@pytest.mark.parametrize('delimiter', [';', '\t'])
def test_other_delimiters_an_index_and_minus_one_are_understood(root: Path, delimiter: str) -> None:
    path = write_table(root)
    plain = Table(str(path), 'day', size=12)
    header, *lines = path.read_text().splitlines()
    night = [line.replace('night,bus', 'night,-1').replace('night,car', 'night,-1') for line in lines]
    numbered = [f',{header}', *(f'{number},{line}' for number, line in enumerate(night))]
    path.write_text('\n'.join(numbered).replace(',', delimiter))
    assert content(Table(str(path), 'day', size=12)).keys() == content(plain).keys()
    assert Table(str(path), 'day', size=12).names('train') == plain.names('train')
    night_labels = {item.label for item in Table(str(path), 'night', size=12).items}
    assert {'bus', 'car', '-1'}.isdisjoint(night_labels)
