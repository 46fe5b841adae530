"""Text that has no place in an encoding, as bytes of a file name that are no UTF-8: written as an escape."""

from __future__ import annotations

import codecs
import io
import json
import sys

NAME = 'dann-escaped'


def escaping() -> str:
    """Return the name of the handler of errors that escapes, for ``str.encode`` and ``open``."""
    codecs.register_error(NAME, escaped)
    return NAME


def escaped(error: UnicodeError) -> tuple[str, int]:
    r"""Return the characters that cannot be encoded as escapes of JSON, so that JSON stays what it is.

    Example:
        >>> 'né'.encode('ascii', escaping())
        b'n\\u00e9'
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


def escape_streams() -> None:
    """Let the two standard streams print any text, whatever their encoding."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=escaping())
