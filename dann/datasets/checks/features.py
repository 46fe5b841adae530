"""Listing of a table of features, and the rule about features that are constant."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np

from dann.datasets.checks.listing import Entry, Listing
from dann.datasets.checks.reading import Read
from dann.datasets.checks.table import Row, read_rows
from dann.datasets.own.feature_table import GIVEN, as_number
from dann.datasets.own.shared import label_of, parse_split

NEEDED = ('domain',)
LARGEST = float(np.finfo(np.float32).max)


def list_features(path: Path, domains: Collection[str] = (), groups: str | None = None) -> Listing:
    """List the samples of a table of features.

    A row with a cell that is no number, or none that is finite, is reported by line and column and not listed.

    Args:
        path: The CSV file, with the columns domain, label and, optionally, split, and one for each feature.
        domains: Those to look at; all where empty.
        groups: The column of groups, which is no feature; ``None`` for none.
    """
    listing = Listing(path, 'table')
    columns, rows = read_rows(path, listing, NEEDED)
    listing.features = tuple(name for name in columns if name not in (*GIVEN, groups))
    for name in sorted({name for name in columns if columns.count(name) > 1}):
        listing.findings.add('missing-column', name, detail='there twice; rename one')
    values: list[list[float]] = []
    for line, row in rows:
        if domains and row.get('domain', '') not in domains:
            continue
        if (numbers := _take(listing, f'{path.name}:{line}', row, len(values))) is not None:
            values.append(numbers)
    listing.images = np.array(values, np.float32).reshape(len(values), len(listing.features))
    return listing


def _take(listing: Listing, where: str, row: Row, position: int) -> list[float] | None:
    """List a row at its position in the array; return its numbers, ``None`` where they are not all numbers."""
    if not row['domain']:
        listing.findings.add('empty-cell', where, detail='no domain')
    split = parse_split(row.get('split', ''))
    if row.get('split') and split is None:
        listing.findings.add('unknown-split', where, detail=repr(row['split']))
    numbers = [_number(listing, where, name, row[name]) for name in listing.features]
    found = [number for number in numbers if number is not None]
    if len(found) < len(numbers):
        return None
    listing.add(Entry(where, row['domain'], label_of(row.get('label', '')), split, row=position))
    return found


def _number(listing: Listing, where: str, name: str, text: str) -> float | None:
    number = as_number(text)
    if number is None:
        listing.findings.add('not-a-number', where, detail=f'{name} is {text!r}')
    elif not abs(number) <= LARGEST:
        listing.findings.add('nan', where, detail=f'{name} is {text}')
        return None
    return number


def check_constant(listing: Listing, read: Read) -> None:
    """Report features that have one value in all samples of a domain, and channels of series alike.

    Args:
        listing: What there is.
        read: Its samples, with what reading them told.
    """
    if not listing.features or listing.images is None:
        return
    places: dict[str, list[str]] = {}
    for domain in listing.domains:
        rows = [entry.row for entry, facts in read if entry.domain == domain and not facts.fault]
        if len(rows) < 2:
            continue
        values = listing.images[rows].reshape(len(rows), len(listing.features), -1)
        constant = (values == values[:1, :, :1]).all(axis=(0, 2))
        for index in np.flatnonzero(constant):
            places.setdefault(listing.features[index], []).append(domain)
    for name, domains in places.items():
        listing.findings.add('constant-feature', name, detail=f'in {", ".join(domains)}')
