"""Groups of samples: how they are named and counted, and what is said where there are none."""

from __future__ import annotations

from collections.abc import Iterable

from dann.core.errors import UserError

MOST_GROUPS = 50  # of a domain: more are no groups but names


def group_names(groups: Iterable[str]) -> tuple[str, ...]:
    """Return the different groups in the order of their numbers, whole numbers before words.

    Args:
        groups: The group of each sample.

    Raises:
        UserError: There are more than 50.

    Example:
        >>> group_names(['10', 'left', '9', 'left'])
        ('9', '10', 'left')
    """
    found = {*groups}
    if len(found) > MOST_GROUPS:
        raise UserError(
            f'expected at most {MOST_GROUPS} groups, got {len(found):,}, such as {min(found)!r}; name a column, a '
            'folder level or a file of few values'
        )
    return tuple(
        sorted(found, key=lambda name: (not name.isdecimal(), int(name) if name.isdecimal() else 0, name))
    )


def ungrouped(name: str) -> str:
    """Return what to answer where the groups of a domain without any are asked for."""
    return (
        f'{name} has no groups; set `groups` of your own data, or --groups of the command, to the column, the folder '
        'level or the file that says them'
    )
