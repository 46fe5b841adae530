"""The two ways in which image sets are published: a folder for each class, and lists of paths with labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from dann.core.errors import UserError, unknown
from dann.core.text_files import listed_text
from dann.datasets.storage.decoding import image_files, is_no_data
from dann.datasets.storage.file_domain import Item


def plain(name: str) -> str:
    """Return a name without what copies of a data set spell differently: case, blanks, ``_`` and ``-``."""
    return ''.join(letter for letter in name.lower() if letter not in ' _-')


def class_folders(folder: Path, classes: Sequence[str], other: Mapping[str, str] | None = None) -> list[Item]:
    """Return the images of ``folder/<class>/``, class by class in the order of ``classes``.

    Args:
        folder: Holds a folder for each class; capitals, blanks, ``_`` and ``-`` in their names do not matter.
        classes: Names of the classes.
        other: Further names of a class's folder, each with the class.

    Raises:
        UserError: A folder is none of a class.
    """
    names = {plain(name): name for name in classes}
    names |= {plain(name): label for name, label in (other or {}).items()}
    found: dict[str, list[Path]] = {name: [] for name in classes}
    for path in sorted(folder.iterdir()):
        if not path.is_dir() or is_no_data(path.name):
            continue
        if plain(path.name) not in names:
            hint = str(unknown('class', path.name, classes)).partition('; ')[2]
            msg = f'expected folders of classes in {folder}, got {path.name!r} ({hint}); rename it or move it away'
            raise UserError(msg)
        found[names[plain(path.name)]] += image_files(path)
    return [Item(path, label) for label, paths in found.items() for path in paths]


def listed(
    path: Path, places: Sequence[Path], classes: Sequence[str], split: str | None = None
) -> list[Item]:
    """Return the images that a list names, in its order; files that are not there are left out.

    Args:
        path: A text file with a path and a label from 0 on each line.
        places: Folders that the paths may be relative to; in the last of them also without their folders.
        classes: Names of the classes by label.
        split: Of all images of this list.

    Raises:
        UserError: A line is no path and label, or there is none of the images.
    """
    items, number = [], 0
    for number, line in enumerate(listed_text(path).splitlines(), 1):
        if not line.strip():
            continue
        name, label = _entry(path, number, line, classes)
        candidates = (*(place / name for place in places), places[-1] / Path(name).name)
        file = next((candidate for candidate in candidates if candidate.is_file()), None)
        if file is not None:
            items.append(Item(file, label, split))
    if number and not items:
        where = ' or '.join(map(str, places))
        raise UserError(f'no image that {path} names is in {where}; place the images there')
    return items


def _entry(path: Path, number: int, line: str, classes: Sequence[str]) -> tuple[str, str]:
    name, _, label = line.strip().replace('\t', ' ').rpartition(' ')
    if not (name and label.isdecimal() and int(label) < len(classes)):
        msg = (
            f'expected a path and a label from 0 to {len(classes) - 1} in line {number} of {path}, '
            f'got {line.strip()[:80]!r}; restore the published list'
        )
        raise UserError(msg)
    return name.strip(), classes[int(label)]
