"""The code blocks of a page, and the commands in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(
    r'^(?P<indent> *)```(?P<about>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```$', re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Fence:
    """A code block.

    Args:
        language: For example ``python``.
        file: The file that it is, from its title; empty for a block that is run.
        text: What it holds.
    """

    language: str
    file: str
    text: str

    def commands(self) -> Iterator[str]:
        """Yield what a reader types, one command after another: what follows a dollar sign, without its remark."""
        for line in self.text.replace('\\\n', ' ').splitlines():
            if line.startswith('$ '):
                yield _without_remark(line[2:])


def _without_remark(line: str) -> str:
    return re.split(r'\s+# ', line)[0].strip()


def fences(page: Path) -> list[Fence]:
    """Return the code blocks of a page in their order."""
    found = []
    for each in FENCE.finditer(page.read_text(encoding='utf-8')):
        language, _, title = each['about'].strip().partition(' ')
        file = re.search(r'title="([^"]+)"', title)
        found.append(Fence(language, file[1] if file else '', each['text']))
    return found


def words(command: str) -> list[str]:
    """Return the words of a command line."""
    return shlex.split(command)
