"""The user's own images in a table."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from dann.core.errors import UserError, unknown
from dann.core.regular import regular
from dann.datasets.base import SPLITS
from dann.datasets.own.groups import is_group_file, with_groups
from dann.datasets.own.shared import (
    check_command,
    classes_of,
    delimiter_of,
    domain_name,
    file_signature,
    index_columns,
    label_of,
    parse_split,
    validate_domain,
)
from dann.datasets.storage.file_domain import FileDomain, Fit, Item, Keep

NEEDED = ('path', 'domain')


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the table, its cells without spaces around them."""

    path: str
    domain: str
    label: str
    split: str
    group: str | None = None


class Table(FileDomain):
    """The user's own images in a CSV file with the columns path, domain, label and, if they are given, split.

    Cells are parted by commas, semicolons or tabs. Paths are relative to the file. Splits are ``train``,
    ``val`` and ``test``; an empty cell is drawn. An empty label, and -1, says that it is not known. The classes
    of a domain are its labels, sorted; numbers stand in their order. A domain with no label at all can be a
    target to train on and to predict for, and its classes are those of the other domains.

    Args:
        path: The CSV file, in UTF-8.
        domain: One of the values of the column ``domain``.
        size: Height and width in pixels to which each image is brought.
        val: Share of the images that form the validation split, where no row says that it is one of it.
        test: The same for the test split.
        seed: Of the split.
        keep: Where pixels are during a run: ``memory``, or ``disk`` (decoded once, mapped from the cache), or
            ``files`` (decoded anew for each batch); ``auto`` is ``memory`` up to 1 GiB and ``files`` above.
        fit: How an image that is not square is made one: ``crop`` to the middle of its longer side, which keeps
            proportions, or ``squash`` all of it.
        groups: Where the group of each image is said, by which figures are told apart: a column of the table, or a CSV
            file with the columns path, as in the table, and group. ``None`` for no groups.
    """

    title = 'a table of images'
    licence = 'that of the images'
    homepage = ''
    layout = 'a CSV file with the columns path, domain, label, split'
    shared = True

    def __init__(
        self,
        path: str,
        domain: str,
        size: int = 64,
        val: float = 0.1,
        test: float = 0.2,
        seed: int = 0,
        keep: Keep = 'auto',
        fit: Fit = 'crop',
        groups: str | None = None,
    ) -> None:
        self.path = Path(path).expanduser()
        super().__init__(size, val, test, seed, str(self.path.parent), keep, fit)
        self.grouped_by = groups
        rows = _rows(self.path, None if is_group_file(groups) else groups)
        known = _domains(rows)
        self.domain = validate_domain(domain, known, self.path)
        self.name = domain_name(self.path, domain)
        labels = {name: {row.label for row in rows if row.domain == name} - {''} for name in known}
        self._labelled = bool(labels[domain])
        self.classes = classes_of(domain, labels, self.path)
        self._rows = [row for row in rows if row.domain == domain]

    @staticmethod
    def domains_of(path: Path) -> list[str]:
        """Return the domains that a file names."""
        return _domains(_rows(path))

    @property
    def labelled(self) -> bool:
        """Whether any row of the domain has a label."""
        return self._labelled

    @property
    def advice(self) -> str:
        """The command that finds all that is wrong with the files."""
        return f'or see all with {check_command(self.path)}'

    def fingerprint(self, path: Path) -> str:
        """Return size and middle of a file."""
        return file_signature(path)

    def listing(self) -> list[Item]:
        """Return the domain's rows in their order."""
        items = [
            Item(self.path.parent / row.path, row.label or None, self._split(row), group=row.group)
            for row in self._rows
        ]
        return with_groups(items, self.grouped_by, self.item_name)

    def _split(self, row: _Row) -> str | None:
        if row.split and parse_split(row.split) is None:
            raise unknown(f'split of {row.path}', row.split, SPLITS)
        return parse_split(row.split)


def _domains(rows: list[_Row]) -> list[str]:
    return sorted({row.domain for row in rows})


def _rows(path: Path, groups: str | None = None) -> list[_Row]:
    try:
        with regular(path).open(encoding='utf-8-sig', newline='') as file:
            reader = csv.DictReader(file, delimiter=delimiter_of(file))
            names = (reader.fieldnames or ())[index_columns(reader.fieldnames or ()) :]
            columns = {name.strip().lower(): name for name in names}
            lines = [(reader.line_num, line) for line in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = getattr(error, 'strerror', None) or ' '.join(str(error).split())
        raise UserError(f'cannot read {path} ({why}); save it as a CSV file in UTF-8') from error
    for column in NEEDED:
        if column not in columns:
            have = ', '.join(columns) or 'none'
            raise UserError(
                f'{path} has no column {column!r} but {have}; its columns are path, domain, label and split, or '
                'domain, label, split and one for each feature'
            )
    if groups is not None and groups.strip().lower() not in columns:
        raise unknown(f'column of {path}', groups, columns)
    rows = []
    for number, line in lines:
        image, domain, label, split = (
            (line[columns[name]] or '').strip() if name in columns else ''
            for name in ('path', 'domain', 'label', 'split')
        )
        if not (image and domain):
            raise UserError(
                f'line {number} of {path} lacks a path or a domain; fill it in or delete the line'
            )
        group = None if groups is None else (line[columns[groups.strip().lower()]] or '').strip()
        if group == '':
            raise UserError(
                f'line {number} of {path} has no {groups}; write a word for those of which it is not known'
            )
        rows.append(_Row(image, domain, label_of(label), split, group))
    return rows
