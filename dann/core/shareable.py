"""Values as they stand in files that a person passes on: of an absolute path only its last name, ``…/photos``.

The folders above say whose machine it was and nothing about the run.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

CUT = '…'
SENTENCE = re.compile(r'\n|[;:,] | \(')  # what stands in a message that begins with a path
HOMES = ('home', 'Users')  # whose folders are called after people
# the folders of an absolute path inside a sentence, but not of an address such as https://host/page
FOLDERS = re.compile(
    r"""(?:(?<=file://)|(?<![\w.:/\\…]))(?:/|[A-Za-z]:[\\/])(?:[^\s/\\'"`:;,()\[\]]+[/\\])+"""
)


def shareable(value: Any) -> Any:
    """Return plain values, at any depth, with each absolute path cut down to its last name.

    Args:
        value: A text, or a mapping or list of them; all else is returned as it is.

    Example:
        >>> shareable({'root': '/home/ann/photos', 'domain': 'day'})
        {'root': '…/photos', 'domain': 'day'}
        >>> shareable('cannot read /home/ann/photos/1.png; mend it')
        'cannot read …/1.png; mend it'
    """
    if isinstance(value, Mapping):
        return {key: shareable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [shareable(each) for each in value]
    return _text(value) if isinstance(value, str) else value


def shareable_command(command: str) -> str:
    """Return a command line with the absolute paths among its words cut down to their last names.

    Args:
        command: Quoted as for a POSIX shell.

    Example:
        >>> shareable_command("dann benchmark '/home/ann lee/photos' --out=/home/ann/runs/y")
        'dann benchmark …/photos --out=…/y'
    """
    try:
        words = shlex.split(command)
    except ValueError:  # an open quote: not by our hand
        return _text(command)
    return ' '.join(_quoted(_word(word)) for word in words)


def _text(text: str) -> str:
    absolute = PurePosixPath(text).is_absolute() or PureWindowsPath(text).is_absolute()
    if absolute and not SENTENCE.search(text):
        return _path(PureWindowsPath(text), text)  # which takes both kinds of slashes
    return FOLDERS.sub(f'{CUT}/', _without_home(text))


def _without_home(text: str) -> str:
    """Take the home folder out of a sentence: its name may have a space, at which a path in a sentence ends."""
    home = Path.home()
    if len(home.parts) < 2:
        return text
    below = re.sub(rf'{re.escape(str(home))}(?=[/\\])', '', text)
    return re.sub(rf'{re.escape(str(home))}(?![\w.-])', CUT, below)


def _path(path: PureWindowsPath, text: str) -> str:
    if len(path.parts) <= 2:
        return text
    return CUT if path.parent.name in HOMES else f'{CUT}/{path.name}'


def _word(word: str) -> str:
    option, equals, given = word.partition('=')
    return f'{option}={_text(given)}' if equals and option.startswith('-') else _text(word)


def _quoted(word: str) -> str:
    plain = word.replace(CUT, '_')
    return word if shlex.quote(plain) == plain else shlex.quote(word)
