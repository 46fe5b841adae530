"""Errors a user can act on: one line, ending with the next step."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from dann.core.moved import OPTIONS, TRAINING
from dann.core.shown import shown_lines


class UserError(Exception):
    """The request cannot be carried out as given; the command exits with ``status``."""

    status = 2

    def __str__(self) -> str:
        """The message, with escapes for what no terminal should be sent."""
        return shown_lines(super().__str__())


class RunError(UserError):
    """The request was sound but the run failed."""

    status = 1


class NothingToDoError(UserError):
    """What was asked for is there already."""

    status = 0


class CheckError(ValueError):
    """An argument is not what was expected; the command prints the message alone."""

    def __str__(self) -> str:
        """The message, with escapes for what no terminal should be sent."""
        return shown_lines(super().__str__())


def check(condition: bool, message: str) -> None:
    """Raise ``CheckError(message)``, a ``ValueError``, unless ``condition`` holds."""
    if not condition:
        raise CheckError(message)


def unknown(kind: str, name: str, known: Iterable[str]) -> UserError:
    """Return the error for an unknown name, with what it is called now, or the nearest known one.

    Example:
        >>> print(unknown('method', 'dan', ['dann', 'mmd']))
        unknown method 'dan'; did you mean 'dann'?
        >>> print(unknown('method', 'x', ['dann', 'mmd']))
        unknown method 'x'; choose from dann, mmd
    """
    if name in OPTIONS:
        return UserError(
            f'unknown {kind} {name!r}; it is now `{OPTIONS[name]}`, an option under `model: init_args:`'
        )
    if name in TRAINING and kind in ('alignment', 'class'):
        return UserError(
            f'unknown alignment {name!r}; it is now a training class: write `class_path: {name}` for '
            f'`alignment: {name}`'
        )
    known = sorted(known)
    some = ', '.join(known[:20]) + (f' and {len(known) - 20} more' if len(known) > 20 else '')
    near = difflib.get_close_matches(name, known, cutoff=0.5)
    guess = next((each for each in near if each.startswith(name)), near[0] if near else None)
    hint = f'did you mean {guess!r}?' if guess else f'choose from {some}'
    return UserError(f'unknown {kind} {name!r}; {hint}')
