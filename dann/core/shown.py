r"""Text as it may be shown: what moves a cursor, breaks a line or turns its direction is written as an escape.

Names of classes, domains, files and rows come from folders and tables of strangers. The data keep them as they are;
whoever prints, writes or draws one shows it by way of this file.
"""

from __future__ import annotations

import re

# Controls, separators of lines, directions of writing that are forced, invisible signs, and what XML takes for no
# character. Joiners and marks that scripts and emoji are written with stay. Surrogates are bytes that are no text.
_UNSEEN = '\x00-\x1f\x7f-\x9f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff'
_HOSTILE = re.compile(f'[{_UNSEEN}\ud800-\udfff]')
_BUT_BREAKS = re.compile(f'(?!\n)[{_UNSEEN}\ud800-\udfff]')
_BUT_BYTES = re.compile(f'[{_UNSEEN}]')


def shown(text: str) -> str:
    r"""Return ``text`` on one line, with escapes as Python writes them; ordinary text of any script stays.

    Example:
        >>> print(shown('red \x1b[31m\n'), shown('día 猫'))
        red \x1b[31m\n día 猫
    """
    return _HOSTILE.sub(_escape, text)


def shown_lines(text: str) -> str:
    r"""Return ``text`` as ``shown``, where what it says is several lines on purpose: its breaks stay."""
    return _BUT_BREAKS.sub(_escape, text)


def shown_field(text: str) -> str:
    r"""Return ``text`` as ``shown``, but for bytes that are no text: a table of files has them as they are."""
    return _BUT_BYTES.sub(_escape, text)


def shown_json(text: str) -> str:
    r"""Return JSON that is read as before, with all that is not shown as escapes of JSON."""
    return _BUT_BREAKS.sub(lambda found: f'\\u{ord(found[0]):04x}', text)


def one_line(message: object) -> str:
    r"""Return a message of any lines as one: runs of white space are a space, and the rest is as ``shown``."""
    return shown(' '.join(str(message).split()))


def _escape(found: re.Match[str]) -> str:
    return found[0].encode('unicode_escape').decode('ascii')
