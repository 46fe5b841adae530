"""The version of this package: the installed one, and the release that it belongs to."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version


def installed() -> str:
    """Return the version that the package was installed with, for example ``0.1.0.post1.dev5+gabc``.

    An editable installation keeps the version of the commit it was installed at. A source tree that was never
    installed has version ``0``.
    """
    try:
        return version('dann')
    except PackageNotFoundError:
        return '0'


def release(of: str | None = None) -> str:
    """Return the release that a version belongs to: its numbers, without pre-release, commit or date.

    Protocols and fingerprints name the release, so that rows of two commits between releases may stand in one
    table. The commits are in ``run.json``.

    Args:
        of: A version; by default the installed one.

    Example:
        >>> release('0.1.0.post1.dev5+gabc')
        '0.1.0'
    """
    numbers = re.match(r'\d+(\.\d+)*', of or installed())
    assert numbers is not None  # versions are PEP 440's and have no epoch here
    return numbers.group()
