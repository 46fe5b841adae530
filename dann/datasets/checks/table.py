"""Listing of a table: a CSV with the columns path, domain, label and, optionally, split."""

from __future__ import annotations

import codecs
import csv
import io
import os
from collections.abc import Collection, Iterator
from pathlib import Path

from dann.core.regular import regular
from dann.datasets.checks.listing import Entry, Listing
from dann.datasets.own.shared import delimiter_of, index_columns, label_of, parse_split

NEEDED = ('path', 'domain')
COLUMNS = (*NEEDED, 'label', 'split')
BYTE_ORDERS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
Row = dict[str, str]


def list_table(path: Path, domains: Collection[str] = ()) -> Listing:
    """List the images of a table; paths are relative to it.

    Args:
        path: The CSV file.
        domains: Those to look at; all where empty.
    """
    listing = Listing(path, 'table')
    columns, rows = read_rows(path, listing)
    for line, row in rows:
        where = f'{path.name}:{line}'
        if domains and row.get('domain', '') not in domains:
            continue
        _take(listing, where, row, columns)
    return listing


def _take(listing: Listing, where: str, row: Row, columns: Collection[str]) -> None:
    for column in NEEDED:
        if column in columns and not row[column]:
            listing.findings.add('empty-cell', where, detail=f'no {column}')
    split = parse_split(row.get('split', ''))
    if row.get('split') and split is None:
        listing.findings.add('unknown-split', where, detail=repr(row['split']))
    name = row.get('path', '')
    if not name:
        return
    path = listing.root.parent / name
    if not _exists(path):
        hint = '; it has backslashes' if os.sep == '/' and '\\' in name else ''
        listing.findings.add('missing-file', name, detail=f'{where}{hint}')
        return
    listing.add(Entry(name, row.get('domain', ''), label_of(row.get('label', '')), split, path))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name too long, a folder that may not be entered
        return False


def read_rows(
    path: Path, listing: Listing, needed: Collection[str] = NEEDED
) -> tuple[list[str], list[tuple[int, Row]]]:
    """Return the columns of a table, and each row with its line; what is wrong with them is listed.

    Args:
        path: The CSV file.
        listing: Takes what is wrong.
        needed: Columns that must be there.
    """
    file = io.StringIO(_text(path, listing), newline='')
    rows = _parsed(csv.reader(file, delimiter=delimiter_of(file)), path, listing)
    header = next(rows, (1, []))[1]
    first = index_columns(header)
    columns = [_column(name) for name in header[first:]]
    for column in needed:
        if column not in columns:
            listing.findings.add(
                'missing-column', column, detail=f'columns are {", ".join(header) or "none"}'
            )
    found: list[tuple[int, Row]] = []
    for line, cells in rows:
        if cells and len(cells) != len(header):
            listing.findings.add(
                'row-length', f'{path.name}:{line}', detail=f'{len(cells)} of {len(header)} cells'
            )
        if cells:
            padded = [*map(str.strip, cells[first:]), *[''] * len(columns)]
            found.append((line, dict(zip(columns, padded, strict=False))))
    return columns, found


def _column(name: str) -> str:
    plain = name.strip().lower()
    return plain if plain in COLUMNS else name


def _parsed(reader: Iterator[list[str]], path: Path, listing: Listing) -> Iterator[tuple[int, list[str]]]:
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            listing.findings.add(
                'row-length', f'{path.name}:{getattr(reader, "line_num", 0)}', detail=str(error)
            )
            continue
        yield getattr(reader, 'line_num', 0), cells


def _text(path: Path, listing: Listing) -> str:
    data = regular(path).read_bytes()
    if not data:
        listing.findings.add('zero-byte', path.name)
    if data.startswith(BYTE_ORDERS):
        listing.findings.add('encoding', path.name, detail='UTF-16')
        return data.decode('utf-16', errors='replace')
    try:
        return data.decode('utf-8-sig')
    except UnicodeDecodeError as error:
        line = data.count(b'\n', 0, error.start) + 1
        listing.findings.add('encoding', path.name, detail=f'line {line}, byte 0x{data[error.start]:02x}')
        return data.decode('cp1252', errors='replace')
