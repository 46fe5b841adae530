"""What archives and tables of numbers share: samples in rows, each with a domain, a label and a split."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dann.core.errors import UserError, check, unknown
from dann.core.groups import group_names
from dann.datasets.base import SPLITS, unlabelled
from dann.datasets.own.shared import check_command, classes_of, domain_name, parse_split, validate_domain
from dann.datasets.splitting import check_classes, identities, split
from dann.datasets.storage.public import PublicDomain
from dann.datasets.storage.stored_domain import Samples


class Rows(PublicDomain):
    """The user's own samples in the rows of one file; a subclass reads it.

    Args:
        path: The file.
        domain: One of the domains in it.
        domains: The domain of each row.
        labels: The class of each row; '' where it is not known.
        val: Share of the samples that form the validation split, where no row says that it is one of it.
        test: The same for the test split.
        seed: Of the split.
        groups: The group of each row; ``None`` for no groups.
    """

    licence = 'that of the samples'
    homepage = ''

    def __init__(
        self,
        path: Path,
        domain: str,
        domains: Sequence[str],
        labels: Sequence[str],
        *,
        val: float,
        test: float,
        seed: int,
        groups: Sequence[str] | None = None,
    ) -> None:
        super().__init__(str(path.parent))
        check(seed >= 0, f'expected `seed` of at least 0, got {seed}')
        check(
            min(val, test) > 0 and val + test < 1,
            f'expected shares above 0 and below 1, got {val} and {test}',
        )
        self.path, self.val, self.test, self.seed = path, val, test, seed
        known = sorted(set(domains))
        self.domain = validate_domain(domain, known, path)
        self.name = domain_name(path, domain)
        by_domain: dict[str, set[str]] = {name: set() for name in known}
        for text, where in zip(labels, domains, strict=True):
            by_domain[where] |= {text} - {''}
        self._labelled = bool(by_domain[domain])
        self.classes = classes_of(domain, by_domain, path)
        self._rows = [row for row, name in enumerate(domains) if name == domain]
        self._texts = [labels[row] for row in self._rows]
        self._groups = None if groups is None else [groups[row] for row in self._rows]
        self._group_names = group_names(self._groups or ())
        if '' in self._group_names:
            row = self._rows[(self._groups or []).index('')]
            raise UserError(
                f'{self.place("group", row)} is empty; write a word for those of which it is not known'
            )

    @abstractmethod
    def samples(self, rows: Sequence[int]) -> NDArray[Any]:
        """Return the samples in rows: uint8 images ``(N, 3, H, W)``, or float32 features or series."""

    @abstractmethod
    def words(self, rows: Sequence[int]) -> list[str]:
        """Return the split of each row as it is written; '' to be drawn."""

    @abstractmethod
    def place(self, what: str, row: int) -> str:
        """Return where ``y`` or ``split`` of a row stands, for messages."""

    @abstractmethod
    def called(self, row: int) -> str:
        """Return what a reader would call the sample in a row."""

    @property
    def group_names(self) -> tuple[str, ...]:
        """Names of the groups, sorted; empty where rows have none."""
        return self._group_names

    def told(self) -> list[tuple[str, str, str | None]]:
        """Return class, group and split of every sample as they are written; '' for a class or a group without."""
        groups = self._groups or [''] * len(self._texts)
        return [*zip(self._texts, groups, self._published(), strict=True)]

    @property
    def labelled(self) -> bool:
        """Whether any sample of the domain has a label."""
        return self._labelled

    @property
    def drawn(self) -> bool:
        """Whether no row says that it is of the test split."""
        return all(parse_split(word) != 'test' for word in self.words(self._rows))

    @property
    def advice(self) -> str:
        """The command that finds all that is wrong with the file."""
        return f'or see all with {check_command(self.path)}'

    def labels(self, split: str) -> Tensor:
        """Return classes, shape ``(N,)``.

        Raises:
            UserError: The samples are not labelled.
        """
        if not self.labelled:
            raise UserError(unlabelled(self.name))
        return super().labels(split)

    def make(self) -> dict[str, Samples]:
        """Divide the domain's samples into splits."""
        values = self.samples(self._rows)
        labels = [self._number(text, row) for text, row in zip(self._texts, self._rows, strict=True)]
        if self.labelled:
            check_classes(labels, self.classes, self.name, self.advice)
        contents = [hashlib.sha256(value.tobytes()).hexdigest()[:16] for value in values]
        parts = split(self._published(), labels, contents, val=self.val, test=self.test, seed=self.seed)
        for name in SPLITS:
            if not parts[name]:
                raise UserError(
                    f'the {name} split of {self.name} has no sample of {len(values)}; add some, {self.advice}'
                )
        return {
            name: Samples(
                values[part],
                np.array([labels[index] for index in part], np.int64),
                identities(contents[index] for index in part),
                np.array([self.called(self._rows[index]) for index in part]),
                None
                if self._groups is None
                else np.array([self._group_names.index(self._groups[index]) for index in part], np.int64),
            )
            for name, part in parts.items()
        }

    def _number(self, text: str, row: int) -> int:
        if not text and self.labelled:
            raise UserError(
                f'{self.place("y", row)} is no label and others of {self.domain} are; label it or leave it out'
            )
        return self.classes.index(text) if text else -1

    def _published(self) -> list[str | None]:
        words = self.words(self._rows)
        for word, row in zip(words, self._rows, strict=True):
            if word and parse_split(word) is None:
                raise unknown(self.place('split', row), word, SPLITS)
        return [parse_split(word) for word in words]


def in_float32(values: NDArray[Any]) -> NDArray[np.float32]:
    """Return numbers in single precision; what is too large for it becomes infinite."""
    with np.errstate(over='ignore'):
        return np.ascontiguousarray(values, np.float32)


def not_finite(values: NDArray[Any]) -> tuple[int, ...] | None:
    """Return the position of the first value that is not finite, ``None`` where all are."""
    wrong = ~np.isfinite(values)
    return (
        tuple(int(axis) for axis in np.unravel_index(int(wrong.argmax()), wrong.shape))
        if wrong.any()
        else None
    )
