"""Which group each of the user's own images belongs to: the folder below its class, or a line of a file."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dann.core.errors import UserError
from dann.core.regular import regular
from dann.datasets.own.shared import delimiter_of
from dann.datasets.storage.file_domain import Item

FOLDER = 'folder'  # the value of `groups` that names the level below the class folders
COLUMNS = ('path', 'group')


def is_group_file(groups: str | None) -> bool:
    """Whether ``groups`` names a file of metadata and no column or folder level."""
    return groups is not None and groups.lower().endswith('.csv')


def read_groups(path: Path) -> dict[str, str]:
    """Return the group of each image by its path, of a CSV file with the columns path and group.

    Raises:
        UserError: It cannot be read, lacks a column, or has a line that lacks either.
    """
    try:
        with regular(path).open(encoding='utf-8-sig', newline='') as file:
            reader = csv.DictReader(file, delimiter=delimiter_of(file))
            columns = {name.strip().lower(): name for name in reader.fieldnames or ()}
            lines = [(reader.line_num, line) for line in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = getattr(error, 'strerror', None) or ' '.join(str(error).split())
        raise UserError(f'cannot read {path} ({why}); save it as a CSV file in UTF-8') from error
    for column in COLUMNS:
        if column not in columns:
            have = ', '.join(columns) or 'none'
            raise UserError(f'{path} has no column {column!r} but {have}; its columns are path and group')
    found: dict[str, str] = {}
    for number, line in lines:
        image, group = ((line[columns[name]] or '').strip() for name in COLUMNS)
        if not (image and group):
            raise UserError(f'line {number} of {path} lacks a path or a group; fill it in or delete the line')
        if found.setdefault(Path(image).as_posix(), group) != group:
            raise UserError(
                f'line {number} of {path} gives {image} another group than a line above; keep one'
            )
    return found


def with_groups(items: list[Item], groups: str | None, name: Callable[[Item], str]) -> list[Item]:
    """Return images with the groups of a file of metadata; as they are where ``groups`` names none.

    Args:
        items: The images.
        groups: The option of the data set.
        name: Returns an image's path below the data's folder.

    Raises:
        UserError: The file cannot be read, or does not name an image.
    """
    if groups is None or not is_group_file(groups):
        return items
    known = read_groups(Path(groups).expanduser())
    for item in items:
        if name(item) not in known:
            raise UserError(
                f'{groups} names no group of {name(item)}; add a line for it, or take the image out'
            )
    return [replace(item, group=known[name(item)]) for item in items]


def folder_below(image: Path, label: Path) -> str:
    """Return the name of the folder in the class folder ``label`` that an image lies in.

    Raises:
        UserError: It lies in none.
    """
    first, *deeper = image.relative_to(label).parts
    if not deeper:
        raise UserError(
            f'{image} lies in no folder of a group; lay images out as ROOT/domain/class/group/image, or name a .csv '
            'file of path and group'
        )
    return first
