"""The user's own features in a table of numbers."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dann.core.errors import UserError, unknown
from dann.core.regular import regular
from dann.datasets.own.rows import Rows, in_float32, not_finite
from dann.datasets.own.shared import delimiter_of, index_columns, label_of

GIVEN = ('domain', 'label', 'split')
FILES = ('path', 'file', 'filename', 'image')  # a column of this name says that the rows are image files
COLUMNS = 'its columns are domain, label, split if there is one, and one of numbers for each feature'


@dataclass(frozen=True, slots=True)
class Cells:
    """A table as it is written, its cells without spaces around them.

    Args:
        header: Names of the columns, those that are no features in lower case.
        lines: Number of each row's line.
        rows: Cells of each row.
        groups: The column that holds groups and is no feature; empty for none.
    """

    header: tuple[str, ...]
    lines: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]
    groups: str = ''

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features."""
        return tuple(name for name in self.header if name not in (*GIVEN, self.groups))

    def column(self, name: str) -> list[str]:
        """Return the cells of a column; '' in each row where there is none."""
        if name not in self.header:
            return [''] * len(self.rows)
        index = self.header.index(name)
        return [row[index] for row in self.rows]


class FeatureTable(Rows):
    """The user's own feature vectors in a CSV file with the columns domain, label and, if it is given, split.

    Every other column is a feature, and holds a number in each row; a first column without a name, which
    numbers the rows, is none. Cells are parted by commas, semicolons or tabs. Splits are ``train``, ``val`` and
    ``test``; an empty cell is drawn. An empty label, and -1, says that it is not known. The classes of a domain
    are its labels, sorted; numbers stand in their order. A domain with no label at all can be a target to train
    on and to predict for, and its classes are those of the other domains. A CSV file with a column ``path`` is
    a ``Table`` of images.

    Args:
        path: The CSV file, in UTF-8.
        domain: One of the values of the column ``domain``.
        val: Share of the samples that form the validation split, where no row says that it is one of it.
        test: The same for the test split.
        seed: Of the split.
        groups: The column that says the group of each row, by which figures are told apart; it is no feature then.
            ``None`` for no groups.
    """

    title = 'a table of numbers'
    layout = 'a CSV file with the columns domain, label, split and one for each feature'

    def __init__(
        self,
        path: str,
        domain: str,
        val: float = 0.1,
        test: float = 0.2,
        seed: int = 0,
        groups: str | None = None,
    ) -> None:
        place = Path(path).expanduser()
        self._cells = replace(read_cells(place), groups=groups or '')
        if groups is not None and groups not in self._cells.header:
            raise unknown(f'column of {place}', groups, self._cells.header)
        domains = self._cells.column('domain')
        if '' in domains:
            line = self._cells.lines[domains.index('')]
            raise UserError(f'line {line} of {place} lacks a domain; fill it in or delete the line')
        labels = [label_of(text) for text in self._cells.column('label')]
        grouped = None if groups is None else self._cells.column(groups)
        super().__init__(place, domain, domains, labels, val=val, test=test, seed=seed, groups=grouped)

    @staticmethod
    def domains_of(path: Path) -> list[str]:
        """Return the domains that a file names."""
        return sorted(set(read_cells(path).column('domain')) - {''})

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Number of features."""
        return (len(self._cells.features),)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features: those of their columns."""
        return self._cells.features

    def options(self) -> dict[str, Any]:
        """Return domain, split and the file's checksum."""
        asked = {'domain': self.domain, 'val': self.val, 'test': self.test, 'seed': self.seed}
        grouped = {'groups': self._cells.groups} if self._cells.groups else {}
        return asked | grouped | {'table': self.checksum(self.path)}

    def samples(self, rows: Sequence[int]) -> NDArray[np.float32]:
        """Return features, shape ``(N, D)``.

        Raises:
            UserError: A cell is no number, or none that is finite.
        """
        cells = self._cells
        places = [index for index, name in enumerate(cells.header) if name in cells.features]
        numbers = np.empty((len(rows), len(places)))
        for position, row in enumerate(rows):
            for column, place in enumerate(places):
                number = as_number(cells.rows[row][place])
                if number is None:
                    raise UserError(self._no_number(row, place))
                numbers[position, column] = number
        values = in_float32(numbers)
        if (where := not_finite(values)) is not None:
            raise UserError(self._no_number(rows[where[0]], places[where[1]], 'a finite number in float32'))
        return values

    def _no_number(self, row: int, place: int, expected: str = 'a number') -> str:
        name, text = self._cells.header[place], self._cells.rows[row][place]
        return (
            f'column {name!r} in line {self._cells.lines[row]} of {self.path} is {text!r} and not {expected}; mend '
            f'it or delete the line or the column, {self.advice}'
        )

    def words(self, rows: Sequence[int]) -> list[str]:
        """Return the cells of the column ``split``."""
        words = self._cells.column('split')
        return [words[row] for row in rows]

    def place(self, what: str, row: int) -> str:
        """Return column and line."""
        return f'{"label" if what == "y" else what} in line {self._cells.lines[row]} of {self.path}'

    def called(self, row: int) -> str:
        """Return file and line."""
        return f'{self.path.name}:{self._cells.lines[row]}'


def is_feature_table(path: Path) -> bool:
    """Whether a CSV file holds features: it has a domain, no column of image files, and another column."""
    try:
        with regular(path).open(encoding='utf-8-sig', newline='') as file:
            header = _header(next(csv.reader(file, delimiter=delimiter_of(file)), []))
    except (OSError, UnicodeDecodeError, csv.Error):
        return False
    return names_features(header)


def names_features(header: Sequence[str]) -> bool:
    """Whether these columns are those of a table of features."""
    plain = {name.lower() for name in header}
    return 'domain' in plain and not plain & {*FILES} and bool(plain - {*GIVEN})


def as_number(text: str) -> float | None:
    """Return the number that a cell holds, ``None`` for any other text; Python's ``1_000`` is none."""
    try:
        return None if '_' in text else float(text)
    except ValueError:
        return None


def read_cells(path: Path) -> Cells:
    """Return the cells of a table of features.

    Raises:
        UserError: It cannot be read, lacks a column, names one twice, or has a row of another length.
    """
    try:
        with regular(path).open(encoding='utf-8-sig', newline='') as file:
            reader = csv.reader(file, delimiter=delimiter_of(file))
            header = _header(next(reader, []))
            found = [(reader.line_num, tuple(map(str.strip, cells))) for cells in reader if cells]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = getattr(error, 'strerror', None) or ' '.join(str(error).split())
        raise UserError(f'cannot read {path} ({why}); save it as a CSV file in UTF-8') from error
    if not names_features(header):
        raise UserError(f'{path} has the columns {", ".join(header) or "none"}; {COLUMNS}')
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise UserError(f'{path} has the column {twice[0]!r} twice; rename one')
    for line, cells in found:
        if len(cells) != len(header):
            raise UserError(
                f'line {line} of {path} has {len(cells)} cells and the header {len(header)}; put cells with a '
                'comma in quotes'
            )
    first = index_columns(header)
    return Cells(header[first:], tuple(line for line, _ in found), tuple(cells[first:] for _, cells in found))


def _header(cells: Sequence[str]) -> tuple[str, ...]:
    plain = [name.strip() for name in cells]
    return tuple(name.lower() if name.lower() in GIVEN else name for name in plain)
