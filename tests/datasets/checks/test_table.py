"""Tables are listed whatever their encoding, and what does not fit is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from checks_found import found
from planted import (
    clean_table,
)

from dann.datasets.checks import check_data


@pytest.mark.parametrize('encoding', ['cp1252', 'utf-16'])
def test_a_table_in_another_encoding_is_read_all_the_same(tmp_path: Path, encoding: str) -> None:
    table = clean_table(tmp_path)
    for row in table.rows:
        row[2] = row[2].replace('bus', 'Omnibüs')
    path = table.write()
    path.write_bytes(path.read_text(encoding='utf-8').encode(encoding))
    check = check_data(path)
    assert found(check) == {'encoding': {'table.csv'}}
    assert set(check.counts['day']['train']) == {'Omnibüs', 'car', 'van'}


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = clean_table(tmp_path).write()
    path.write_bytes(b'\xef\xbb\xbf' + path.read_bytes())
    assert found(check_data(path)) == {}


@pytest.mark.parametrize(
    ('content', 'codes'),
    [
        (b'', {'zero-byte', 'missing-column'}),
        (b'path|domain|label\na.png|day|bus\n', {'missing-column'}),
        (b'path,domain,label\nphotos\\a.png,day,bus\n', {'missing-file'}),
        (b'path,domain,label\n.,day,bus\n', {'unreadable', 'one-domain', 'one-class'}),
        (b'path,domain,label\n' + b'a' * 5000 + b',day,bus\n', {'missing-file'}),
        (b'path,domain,label\n,,\n\n', {'empty-cell'}),
    ],
)
def test_a_table_of_nothing_useful(tmp_path: Path, content: bytes, codes: set[str]) -> None:
    (tmp_path / 'own.csv').write_bytes(content)
    check = check_data(tmp_path / 'own.csv')
    assert set(found(check)) == codes
    assert check.status == 1


@pytest.mark.parametrize('delimiter', [';', '\t'])
def test_a_table_as_pandas_writes_it_with_other_delimiters_is_no_fault(
    tmp_path: Path, delimiter: str
) -> None:
    table = clean_table(tmp_path)
    path = table.write()
    lines = path.read_text().splitlines()
    path.write_text(
        '\n'.join(f'{number or ""},{line}' for number, line in enumerate(lines)).replace(',', delimiter)
    )
    assert found(check_data(path)) == {}


def test_minus_one_is_no_class(tmp_path: Path) -> None:
    table = clean_table(tmp_path)
    for row in table.rows[1:]:
        row[2] = '-1' if row[1] == 'night' else row[2]
    check = check_data(table.write())
    assert found(check) == {}
    assert set(check.counts['night']['train']) == {''}
