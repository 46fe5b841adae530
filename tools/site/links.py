"""Links between files of the repository, which GitHub follows, as links between pages of the site."""

from __future__ import annotations

import re
from posixpath import dirname, join, normpath, relpath

LINK = re.compile(r'(\]\()([^)#\s:]+)(#[^)\s]*)?(\))')
PAGES = {'README.md': 'index.md', 'CONTRIBUTING.md': 'contributing.md', 'CHANGELOG.md': 'changelog.md'}


def turned(markdown: str, page: str, source: str) -> str:
    """Return the text of a page with its relative links as the site has them.

    Args:
        markdown: The text.
        page: Its address in the site, for example ``tutorials/reproduce.md``.
        source: The file in the repository that it is from, for example ``docs/tutorials/reproduce.md``.

    Example:
        >>> turned('[a](../README.md#commands) [b](deploy.md)', 'methods.md', 'docs/methods.md')
        '[a](index.md#commands) [b](deploy.md)'
    """

    def turn(found: re.Match[str]) -> str:
        file = normpath(join(dirname(source), found[2]))
        address = PAGES.get(file, _below(file))
        return f'{found[1]}{relpath(address, dirname(page) or ".")}{found[3] or ""}{found[4]}'

    return LINK.sub(turn, markdown)


def _below(file: str) -> str:
    if file.startswith('notebooks/'):
        return file.replace('.ipynb', '.md')
    return file.removeprefix('docs/')
