"""What a layout says is there, before an image is opened."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from dann.datasets.checks.faults import Findings


@dataclass(frozen=True, slots=True)
class Entry:
    """One image as it is listed.

    Args:
        name: Path below the root, or row of the array, by which a finding names it.
        domain: Its domain; empty where the layout does not say.
        label: Its class as written; empty where it has none, ``None`` where a finding says why it is unknown.
        split: ``train``, ``val`` or ``test``; ``None`` where it is to be drawn.
        path: The file.
        row: Position in the array, for an entry without a file.
    """

    name: str
    domain: str
    label: str | None
    split: str | None = None
    path: Path | None = None
    row: int = 0


@dataclass(slots=True)
class Listing:
    """All images of a data set, and what was already wrong with their layout.

    Args:
        root: The folder, table or archive.
        layout: ``folder``, ``table`` or ``arrays``.
        entries: The images.
        domains: Domains in order, those without images too.
        splits: Splits that a domain declares, by domain.
        empty: Classes that a domain declares and has no image of, as ``(domain, class)``.
        images: The array, where there are no files; images, or float features ``(N, D)`` or series ``(N, C, T)``.
        findings: What was already found.
        features: Names of the features, where the samples are feature vectors or series; of a series its channels.
    """

    root: Path
    layout: str
    entries: list[Entry] = field(default_factory=list)
    domains: list[str] = field(default_factory=list)
    splits: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    empty: set[tuple[str, str]] = field(default_factory=set)
    images: NDArray[Any] | None = None
    findings: Findings = field(default_factory=Findings)
    features: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """What a sample is called."""
        return 'sample' if self.features else 'image'

    @property
    def name(self) -> str:
        """The name of the data set: that of its folder or file."""
        path = self.root.resolve()
        return path.stem if path.is_file() else path.name

    def add(self, entry: Entry) -> None:
        """List an image, and its domain and split with it."""
        self.entries.append(entry)
        if entry.domain and entry.domain not in self.domains:
            self.domains.append(entry.domain)
        if entry.split:
            self.splits[entry.domain].add(entry.split)


def same_class(label: str) -> str:
    """Return what spellings of one class name share: case and spaces do not count."""
    return ' '.join(unicodedata.normalize('NFKC', label).casefold().split())
