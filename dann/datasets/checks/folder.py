"""Listing of folders: ROOT/domain/class/image or ROOT/domain/split/class/image."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection
from pathlib import Path

from dann.datasets.base import SPLITS
from dann.datasets.checks.listing import SUFFIXES, Entry, Listing


def list_folder(root: Path, domains: Collection[str] = ()) -> Listing:
    """List the images of a folder of domains.

    Args:
        root: The folder.
        domains: Those to look at; all where empty.
    """
    return _Walk(root, domains).listing


class _Walk:
    def __init__(self, root: Path, domains: Collection[str]) -> None:
        self.root, self.listing = root, Listing(root, 'folder')
        self.ignored: Counter[str] = Counter()
        folders, files = self.split(root)
        self.misplaced(files)
        for folder in folders:
            if not domains or folder.name in domains:
                self.domain(folder)
        for suffix, count in sorted(self.ignored.items()):
            self.listing.findings.add('ignored-files', suffix or 'no suffix', detail=f'{count} files')

    def name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def split(self, folder: Path) -> tuple[list[Path], list[Path]]:
        """Folders and image files in ``folder``; other files are counted."""
        folders, files = [], []
        try:
            inside = sorted(path for path in folder.iterdir() if not path.name.startswith('.'))
        except OSError as error:
            self.listing.findings.add('unreadable', self.name(folder), detail=str(error.strerror))
            return [], []
        for path in inside:
            if path.is_dir():
                folders.append(path)
            elif path.suffix.lower() in SUFFIXES:
                files.append(path)
            else:
                self.ignored[path.suffix.lower()] += 1
        return folders, files

    def misplaced(self, files: list[Path]) -> None:
        for path in files:
            self.listing.findings.add('misplaced-image', self.name(path))

    def domain(self, folder: Path) -> None:
        domain, before = folder.name, len(self.listing.entries)
        self.listing.domains.append(domain)
        folders, files = self.split(folder)
        self.misplaced(files)
        if any(inner.name in SPLITS for inner in folders):
            for inner in folders:
                if inner.name in SPLITS:
                    self.classes(inner, domain, inner.name)
                else:
                    self.listing.findings.add('unknown-split', self.name(inner))
        else:
            for inner in folders:
                self.one_class(inner, domain, None)
        if len(self.listing.entries) == before:
            self.listing.findings.add('empty-domain', domain)
            self.listing.empty = {item for item in self.listing.empty if item[0] != domain}
        for _, split, label in sorted(item for item in self.listing.empty if item[0] == domain):
            self.listing.findings.add('empty-class', '/'.join(filter(None, (domain, split, label))))

    def classes(self, folder: Path, domain: str, split: str) -> None:
        before = len(self.listing.entries)
        folders, files = self.split(folder)
        self.misplaced(files)
        self.listing.splits[domain].add(split)
        for inner in folders:
            self.one_class(inner, domain, split)
        if len(self.listing.entries) == before:
            self.listing.findings.add('empty-split', self.name(folder))
            self.listing.empty = {item for item in self.listing.empty if item[:2] != (domain, split)}

    def one_class(self, folder: Path, domain: str, split: str | None) -> None:
        folders, files = self.split(folder)
        for path in files:
            self.listing.add(Entry(self.name(path), domain, folder.name, split, path))
        if not files:
            self.listing.empty.add((domain, split, folder.name))
        for inner in folders:
            for where, _, names in os.walk(inner):
                self.misplaced(sorted(Path(where, name) for name in names if _is_image(name)))


def _is_image(name: str) -> bool:
    return not name.startswith('.') and Path(name).suffix.lower() in SUFFIXES
