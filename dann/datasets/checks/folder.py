"""Listing of folders: ROOT/domain/class/image, or ROOT/domain/split/class/image; without labels ROOT/domain/image."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from pathlib import Path

from dann.core.regular import identity
from dann.datasets.checks.faults import SHOWN
from dann.datasets.checks.listing import Entry, Listing
from dann.datasets.own.folder import nested, unwrapped, wrapping
from dann.datasets.own.shared import parse_split
from dann.datasets.storage.decoding import is_image_name, is_no_data

# of cameras and telephones, which Pillow alone does not read
UNREAD = ('.heic', '.heif', '.dng', '.cr2', '.cr3', '.nef', '.arw', '.raw', '.jxl')


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
        self.bare: list[Path] = []  # class folders without images
        folders, files = self.split(root)
        self.misplaced(files)
        if deeper := wrapping(root):
            self.listing.findings.add('wrapped-domains', self.name(deeper))
        for folder in folders:
            if not domains or folder.name in domains:
                self.domain(folder)

    def name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def split(self, folder: Path) -> tuple[list[Path], list[Path]]:
        """Folders and image files in ``folder``; other files are passed over."""
        folders, files = [], []
        try:
            inside = sorted(path for path in folder.iterdir() if not path.name.startswith('.'))
            below = {path for path in inside if path.is_dir()}
            inside = [path for path in inside if not (path in below and is_no_data(path.name))]
        except OSError as error:
            self.listing.findings.add('unreadable', self.name(folder), detail=str(error.strerror))
            return [], []
        for path in inside:
            if path in below:
                folders.append(path)
            elif is_image_name(path.name):
                files.append(path)
            elif path.suffix.lower() in UNREAD:
                self.listing.findings.add('unread-suffix', self.name(path))
        return folders, files

    def misplaced(self, files: list[Path]) -> None:
        for path in files:
            self.listing.findings.add('misplaced-image', self.name(path))

    def domain(self, folder: Path) -> None:
        domain, before = folder.name, len(self.listing.entries)
        self.listing.domains.append(domain)
        folders, files = self.split(_inside(folder))
        splits = [inner for inner in folders if parse_split(inner.name)]
        if splits and (len(splits) == len(folders) or any(map(_has_classes, splits))):
            self.misplaced(files)
            for inner in folders:
                self.part(inner, domain)
        else:
            self.classes(folders, files, domain, None)
        self.levels(folder)
        entries = self.listing.entries[before:]
        if not entries:
            self.listing.findings.add('empty-domain', domain)
        filled = {entry.label for entry in entries}
        for path in self.bare:
            if entries and path.name not in filled:
                self.listing.empty.add((domain, path.name))
                self.listing.findings.add('empty-class', self.name(path))
        self.bare.clear()

    def levels(self, folder: Path) -> None:
        """Report a domain whose one class folder holds folders that may be the classes."""
        with contextlib.suppress(OSError):
            for only, *inside in filter(None, [nested(folder)]):
                self.listing.findings.add(
                    'nested-classes', self.name(only), detail=', '.join(path.name for path in inside[:SHOWN])
                )

    def part(self, folder: Path, domain: str) -> None:
        """List one folder beside the splits."""
        split, before = parse_split(folder.name), len(self.listing.entries)
        if split is None:
            self.listing.findings.add('unknown-split', self.name(folder))
            return
        self.listing.splits[domain].add(split)
        bare = len(self.bare)
        self.classes(*self.split(_inside(folder)), domain, split)
        if len(self.listing.entries) == before:
            self.listing.findings.add('empty-split', self.name(folder))
            del self.bare[bare:]

    def classes(self, folders: list[Path], files: list[Path], domain: str, split: str | None) -> None:
        """List class folders; without any, the images have no label."""
        if folders:
            self.misplaced(files)
        else:
            for path in files:
                self.listing.add(Entry(self.name(path), domain, '', split, path))
        for folder in folders:
            before = len(self.listing.entries)
            self.below(folder, domain, split)
            if len(self.listing.entries) == before:
                self.bare.append(folder)

    def below(self, label: Path, domain: str, split: str | None) -> None:
        """List the images of a class at any depth; links are followed, to each folder once, as ``image_files`` does."""
        left, seen = [label], set[tuple[int, int]]()
        while left:
            folder = left.pop()
            with contextlib.suppress(OSError):  # listing it says why
                if (place := identity(folder)) in seen:
                    continue
                seen.add(place)
            folders, files = self.split(folder)
            for path in files:
                self.listing.add(Entry(self.name(path), domain, label.name, split, path))
            left += reversed(folders)


def _inside(folder: Path) -> Path:
    try:
        return unwrapped(folder)
    except OSError:  # listing it says why
        return folder


def _has_classes(folder: Path) -> bool:
    """Whether a folder named like a split is one, and no class of that name."""
    try:
        folders = {path for path in folder.iterdir() if path.is_dir()}
        return bool(folders) and not any(is_image_name(path.name) for path in {*folder.iterdir()} - folders)
    except OSError:
        return False
